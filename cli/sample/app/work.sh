#!/bin/sh
# The sample job: a line per round. settings.env says how long a round is.
while true; do
	echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $(hostname) is at work" >>work.log
	sleep "${ROUND_SECONDS:-60}"
done
