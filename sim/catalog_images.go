package sim

// imageInfo is a family of machine images: the same system for both architectures.
type imageInfo struct {
	param   string // SSM parameter with %s for the architecture (aws-facts §7.1)
	params  []string
	name    string // with %s for the architecture and %s for the build date
	owner   string
	alias   string
	user    string // login name (aws-facts §7.3)
	root    string // root device (aws-facts §7.2)
	debArch bool   // spells x86_64 "amd64"
	about   string
	gib     int
}

// imageCatalog lists the image families.
func imageCatalog() []imageInfo {
	return []imageInfo{
		{
			param: "/aws/service/canonical/ubuntu/server/24.04/stable/current/%s/hvm/ebs-gp3/ami-id",
			name:  "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-%s-server-%s", owner: "099720109477", alias: "amazon",
			user: "ubuntu", root: "/dev/sda1", debArch: true, gib: 8, about: "Canonical, Ubuntu, 24.04, %s noble image",
		},
		{
			param:  "/aws/service/canonical/ubuntu/server/22.04/stable/current/%s/hvm/ebs-gp2/ami-id",
			params: []string{"/aws/service/canonical/ubuntu/server/22.04/stable/current/%s/hvm/ebs-gp3/ami-id"},
			name:   "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-%s-server-%s", owner: "099720109477", alias: "amazon",
			user: "ubuntu", root: "/dev/sda1", debArch: true, gib: 8, about: "Canonical, Ubuntu, 22.04 LTS, %s jammy image",
		},
		{
			param:  "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-%s",
			params: []string{"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-%s"},
			name:   "al2023-ami-2023.9.%[2]s-kernel-6.1-%[1]s", owner: "137112412989", alias: "amazon",
			user: "ec2-user", root: "/dev/xvda", gib: 8, about: "Amazon Linux 2023 AMI %s HVM kernel-6.1",
		},
		{
			param:  "/aws/service/debian/release/12/latest/%s",
			params: []string{"/aws/service/debian/release/bookworm/latest/%s"},
			name:   "debian-12-%s-%s-1", owner: "136693071363",
			user: "admin", root: "/dev/xvda", debArch: true, gib: 8, about: "Debian 12 (%s)",
		},
	}
}
