package app

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/BurntSushi/toml"

	"longshore/uploader"
	"longshore/uploader/remote"
)

// ConnectionExt is the extension of a connection file: a small TOML that an administrator hands out.
const ConnectionExt = ".longshore"

// IsConnection tells a connection file by its name.
func IsConnection(path string) bool { return strings.HasSuffix(strings.ToLower(path), ConnectionExt) }

const mostConnection = 64 << 10 // bytes

// ReadConnection reads a connection file. It only says where to ask: nothing is added before the person has seen what
// answers there and where their files would go. Of its fields, signer counts; the others are for later versions.
// CodeBadConfig when it cannot be used.
func ReadConnection(path string) (VaultSpec, error) {
	text, err := readConnection(path)
	var file struct {
		Signer string `toml:"signer"`
	}
	if err == nil {
		_, err = toml.Decode(text, &file)
	}
	if err == nil {
		_, err = remote.ParseBase(file.Signer)
	}
	if err != nil {
		return VaultSpec{}, uploader.E("connection-file", uploader.CodeBadConfig, errors.New("no connection file, or a broken one"))
	}
	return VaultSpec{SignerURL: file.Signer}, nil
}

func readConnection(path string) (string, error) {
	f, err := os.Open(path) //nolint:gosec // the person opened it with us
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostConnection+1))
	if err == nil && len(data) > mostConnection {
		err = errors.New("too long")
	}
	return string(data), err
}
