// The cluster's certificate authority. It signs the servers and, since the API
// server trusts it for clients too, any user in any groups at any time.
//
//	certify -dir DIR init NAME...            ca, token key, and servers that answer as NAMEs
//	certify -dir DIR client FILE USER GROUP...      FILE.crt and FILE.key in DIR
//	certify -dir DIR -server URL kubeconfig PATH USER GROUP...
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

func main() {
	dir := flag.String("dir", ".", "directory of the authority's files")
	server := flag.String("server", "", "URL of the API server, for kubeconfig")
	flag.Parse()
	if err := run(*dir, *server, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir, server string, args []string) error {
	if len(args) > 1 && args[0] == "init" {
		return create(dir, args[1:])
	}
	if len(args) < 3 {
		return errors.New("too few arguments")
	}
	authority, err := open(dir)
	if err != nil {
		return err
	}
	identity, err := authority.sign(pkix.Name{CommonName: args[2], Organization: args[3:]}, nil)
	if err != nil {
		return err
	}
	switch args[0] {
	case "client":
		return identity.write(dir, args[1])
	case "kubeconfig":
		return authority.writeKubeconfig(args[1], server, args[2], identity)
	}
	return fmt.Errorf("unknown command %q", args[0])
}

type authority struct {
	pem         []byte
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// identity is a certificate and its key, as PEM.
type identity struct{ certificate, key []byte }

func create(dir string, answersAs []string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := template(pkix.Name{CommonName: "local-cluster"})
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	own, err := issue(template, template, key, key)
	if err != nil {
		return err
	}
	if err := own.write(dir, "ca"); err != nil {
		return err
	}
	authority, err := open(dir)
	if err != nil {
		return err
	}
	server, err := authority.sign(pkix.Name{CommonName: "local-cluster"}, answersAs)
	if err != nil {
		return err
	}
	if err := server.write(dir, "server"); err != nil {
		return err
	}
	// Any key pair signs service account tokens: the certificate goes unused.
	tokens, err := authority.sign(pkix.Name{CommonName: "tokens"}, nil)
	if err != nil {
		return err
	}
	return tokens.write(dir, "tokens")
}

func open(dir string) (*authority, error) {
	text, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		return nil, err
	}
	keyText, err := os.ReadFile(filepath.Join(dir, "ca.key"))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	keyBlock, _ := pem.Decode(keyText)
	if block == nil || keyBlock == nil {
		return nil, fmt.Errorf("the authority in %s is damaged", dir)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	return &authority{text, certificate, key}, err
}

func (a *authority) sign(name pkix.Name, answersAs []string) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, err
	}
	template := template(name)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	for _, name := range answersAs {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return issue(template, a.certificate, key, a.key)
}

func template(name pkix.Name) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      name,
		// An hour back, for clocks that are set while a cluster runs.
		NotBefore: now.Add(-time.Hour),
		NotAfter:  now.AddDate(10, 0, 0),
	}
}

func issue(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) (identity, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return identity{}, err
	}
	keyDer, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return identity{}, err
	}
	return identity{
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDer}),
	}, nil
}

func (i identity) write(dir, file string) error {
	if err := os.WriteFile(filepath.Join(dir, file+".crt"), i.certificate, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, file+".key"), i.key, 0o600)
}

// writeKubeconfig writes JSON, which is YAML too; every key is inside the file,
// so it can be copied anywhere.
func (a *authority) writeKubeconfig(path, server, user string, identity identity) error {
	type object = map[string]any
	config := object{
		"apiVersion": "v1",
		"kind":       "Config",
		"clusters": []object{{"name": "local-cluster", "cluster": object{
			"server": server, "certificate-authority-data": a.pem,
		}}},
		"users": []object{{"name": user, "user": object{
			"client-certificate-data": identity.certificate, "client-key-data": identity.key,
		}}},
		"contexts": []object{{"name": "local-cluster", "context": object{
			"cluster": "local-cluster", "user": user,
		}}},
		"current-context": "local-cluster",
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}
