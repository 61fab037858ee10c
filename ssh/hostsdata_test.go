package ssh

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net"

	xssh "golang.org/x/crypto/ssh"
)

// ecdsaLine is a key of another type than ed25519.
var ecdsaLine = func() string {
	k := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	return keyLine(must(xssh.NewPublicKey(&k.PublicKey)))
}()

func must2(addr string) net.Addr { return must(net.ResolveTCPAddr("tcp", addr)) }
