#!/bin/sh
# Runs on each instance after the upload, as the login user, in the home folder.
# An exit status other than 0 shows the instance as failed, with the last line.
set -eu

# The image's own first start may still be installing; it would hold the lock.
cloud-init status --wait >/dev/null || true

# What your program needs, for example:
# sudo apt-get update -q && sudo apt-get install -y -q ffmpeg

# The job as a service: it starts again when it ends, and after a reboot.
sudo tee /etc/systemd/system/work.service >/dev/null <<UNIT
[Unit]
Description=The sample job
After=network-online.target

[Service]
User=$(id -un)
WorkingDirectory=$HOME/app
EnvironmentFile=$HOME/app/settings.env
ExecStart=/bin/sh $HOME/app/work.sh
Restart=always

[Install]
WantedBy=multi-user.target
UNIT
sudo systemctl daemon-reload
sudo systemctl enable work.service
sudo systemctl restart work.service
echo "work.service is installed"
