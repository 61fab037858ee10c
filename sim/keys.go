package sim

import (
	"encoding/base64"
	"time"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/sim/wire"
)

func importKey(c *call) (wire.Map, error) {
	name, err := c.need("KeyName")
	if err != nil {
		return nil, err
	}
	material, err := c.need("PublicKeyMaterial")
	if err != nil {
		return nil, err
	}
	line, bad := base64.StdEncoding.DecodeString(material)
	if bad != nil {
		line = []byte(material)
	}
	key, _, _, _, bad := xssh.ParseAuthorizedKey(line)
	if bad != nil {
		return nil, wire.Errorf("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
	}
	kind := map[string]string{xssh.KeyAlgoED25519: "ed25519", xssh.KeyAlgoRSA: "rsa"}[key.Type()]
	if kind == "" { // EC2 takes these two (aws-facts §8)
		return nil, wire.Errorf("InvalidKey.Format", "Key is not of a supported type: RSA or ED25519")
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindKey)
	if err != nil {
		return nil, err
	}
	if c.r.keyNamed(name) != nil {
		return nil, wire.Errorf("InvalidKeyPair.Duplicate", "The keypair already exists")
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	t := c.r.add(kindKey, "KeyPairId", wire.Map{
		"KeyName": name, "KeyFingerprint": xssh.FingerprintSHA256(key), "KeyType": kind, "CreateTime": time.Now(),
	})
	t.label(tags[kindKey])
	c.r.keys[t.id] = string(xssh.MarshalAuthorizedKey(key))
	return wire.Map{"KeyName": name, "KeyFingerprint": t.tree["KeyFingerprint"], "KeyPairId": t.id, "Tags": t.tree["Tags"]}, nil
}

func (r *region) keyNamed(name string) *thing {
	for _, t := range r.shelves[kindKey].order {
		if wire.Str(t.tree, "KeyName") == name {
			return t
		}
	}
	return nil
}

func deleteKey(c *call) (wire.Map, error) {
	t := c.r.shelves[kindKey].byID[c.str("KeyPairId")]
	if t == nil {
		t = c.r.keyNamed(c.str("KeyName"))
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	if t == nil { // EC2 says yes to a key that isn't there
		return wire.Map{"Return": true}, nil
	}
	c.r.shelves[kindKey].remove(t.id)
	delete(c.r.keys, t.id)
	return wire.Map{"Return": true, "KeyPairId": t.id}, nil
}
