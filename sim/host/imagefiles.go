package host

import (
	"fmt"
	"strings"
	"time"
)

func (h *Host) imageFiles() map[string]string {
	o := h.opts
	release := "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nVERSION=\"24.04.3 LTS (Noble Numbat)\"\n" +
		"VERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME=noble\n"
	if h.amazon() {
		release = "NAME=\"Amazon Linux\"\nVERSION=\"2023\"\nID=\"amzn\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"2023\"\n" +
			"PRETTY_NAME=\"Amazon Linux 2023\"\nPLATFORM_ID=\"platform:al2023\"\n"
	}
	home := h.home(userUID)
	var keys strings.Builder
	for _, k := range o.AuthorizedKeys {
		keys.WriteString(strings.TrimSpace(k) + "\n")
	}
	return map[string]string{
		"/etc/os-release":                    release,
		"/etc/hostname":                      o.Hostname + "\n",
		"/etc/hosts":                         "127.0.0.1 localhost\n" + o.PrivateIP + " " + o.Hostname + "\n",
		"/etc/resolv.conf":                   "nameserver 127.0.0.53\nsearch " + o.Region + ".compute.internal\n",
		"/etc/fstab":                         "LABEL=rootfs / ext4 discard,errors=remount-ro 0 1\n",
		"/etc/passwd":                        "root:x:0:0:root:/root:/bin/bash\n" + o.User + ":x:1000:1000::" + home + ":/bin/bash\n",
		"/etc/group":                         "root:x:0:\nsudo:x:27:" + o.User + "\n" + o.User + ":x:1000:\n",
		"/etc/shadow":                        "root:*:19800:0:99999:7:::\n" + o.User + ":!:19800:0:99999:7:::\n",
		"/etc/machine-id":                    machineID(o.InstanceID) + "\n",
		"/var/lib/cloud/data/instance-id":    o.InstanceID + "\n",
		"/var/lib/cloud/instance/user-data":  string(o.UserData),
		"/var/log/cloud-init-output.log":     h.cloudInitLog(),
		home + "/.bashrc":                    "# ~/.bashrc\n",
		home + "/.ssh/authorized_keys":       keys.String(),
		"/var/log/syslog":                    "",
		"/etc/ssh/ssh_host_ed25519_key.pub":  h.publicKeyLine(),
		"/etc/cloud/cloud.cfg":               "datasource_list: [ Ec2, None ]\n",
		"/etc/ssh/sshd_config":               "PermitRootLogin prohibit-password\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n",
		"/proc/self/cgroup":                  "0::/user.slice\n",
		"/etc/default/locale":                "LANG=C.UTF-8\n",
		"/var/lib/cloud/instance/datasource": "DataSourceEc2Local\n",
	}
}

func machineID(id string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'f' {
			return r
		}
		return -1
	}, id)
	return (digits + strings.Repeat("0", 32))[:32]
}

func (h *Host) cloudInitLog() string {
	at := h.opts.Booted.UTC()
	return fmt.Sprintf("Cloud-init v. 24.4 running 'modules:config' at %s. Up 6.02 seconds.\n"+
		"Cloud-init v. 24.4 finished at %s. Datasource DataSourceEc2Local.  Up 8.31 seconds\n",
		at.Format(time.RFC1123Z), at.Add(2*time.Second).Format(time.RFC1123Z))
}
