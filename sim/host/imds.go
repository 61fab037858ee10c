package host

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// imdsToken is what the token request gives; it holds no secret.
const imdsToken = "AQAEAHNpbXVsYXRlZC1pbnN0YW5jZS10b2tlbg==" //nolint:gosec // no credential: a simulated service's fixed answer

// metadata is IMDSv2 (aws-facts §4): a token by PUT, everything else with it.
func (h *Host) metadata(method, name string, headers map[string]string) (code int, body string) {
	rest, ok := strings.CutPrefix(path.Clean("/"+name), "/latest")
	switch {
	case !ok && name == "/":
		return 200, "latest\n"
	case !ok:
		return 404, notFound
	case rest == "/api/token":
		if method != "PUT" {
			return 405, "405 - Method Not Allowed"
		}
		if ttl, err := strconv.Atoi(headers["x-aws-ec2-metadata-token-ttl-seconds"]); err != nil || ttl < 1 || ttl > 21600 {
			return 400, "400 - Bad Request"
		}
		return 200, imdsToken
	case headers["x-aws-ec2-metadata-token"] != imdsToken:
		return 401, "401 - Unauthorized"
	case rest == "/user-data":
		if len(h.opts.UserData) == 0 {
			return 404, notFound
		}
		return 200, string(h.opts.UserData)
	case rest == "/dynamic/instance-identity/document":
		return 200, h.identityDocument()
	}
	key, ok := strings.CutPrefix(rest, "/meta-data")
	if !ok {
		return 404, notFound
	}
	return h.metaData(strings.Trim(key, "/"))
}

const notFound = "404 - Not Found"

func (h *Host) metaData(key string) (int, string) {
	all := h.metaDataValues()
	if v, ok := all[key]; ok && v != "" {
		return 200, v
	}
	var below []string
	for k, v := range all {
		rest, ok := strings.CutPrefix(k, key+"/")
		if key == "" {
			rest, ok = k, true
		}
		if !ok || v == "" {
			continue
		}
		first, _, more := strings.Cut(rest, "/")
		if more {
			first += "/"
		}
		below = append(below, first)
	}
	if len(below) == 0 {
		return 404, notFound
	}
	slices.Sort(below)
	return 200, strings.Join(slices.Compact(below), "\n")
}

func (h *Host) metaDataValues() map[string]string {
	o := h.opts
	all := map[string]string{
		"instance-id": o.InstanceID, "instance-type": o.Type, "ami-id": o.ImageID, "hostname": o.Hostname + "." + o.Region + ".compute.internal",
		"local-hostname": o.Hostname + "." + o.Region + ".compute.internal", "local-ipv4": o.PrivateIP, "public-ipv4": o.PublicIP,
		"placement/availability-zone": o.Zone, "placement/region": o.Region, "instance-life-cycle": "spot", "instance-action": "none",
	}
	if o.Notice != nil {
		if at, announced := o.Notice(); announced {
			stamp := at.UTC().Format("2006-01-02T15:04:05Z")
			all["spot/instance-action"] = fmt.Sprintf(`{"action": "terminate", "time": "%s"}`, stamp)
			all["spot/termination-time"] = stamp
		}
	}
	return all
}

func (h *Host) identityDocument() string {
	o := h.opts
	b, err := json.MarshalIndent(map[string]any{
		"instanceId": o.InstanceID, "instanceType": o.Type, "imageId": o.ImageID, "region": o.Region, "availabilityZone": o.Zone,
		"privateIp": o.PrivateIP, "architecture": o.Arch, "pendingTime": o.Booted.UTC().Format(time.RFC3339), "version": "2017-09-30",
	}, "", "  ")
	if err != nil {
		return ""
	}
	return string(b)
}
