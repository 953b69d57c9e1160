package support

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"longshore/app"
	"longshore/uploader"
)

type aboutFacts struct {
	Program, Go, System, Machine string
	CPUs                         int
	Time                         string
	Build                        map[string]string // how it was built
	Environment                  map[string]string // harmless variables that change what a program does
}

func about(o Options) aboutFacts {
	f := aboutFacts{
		Program: o.Program, Go: runtime.Version(), System: runtime.GOOS, Machine: runtime.GOARCH, CPUs: runtime.NumCPU(),
		Time: time.Now().Format(time.RFC3339), Build: map[string]string{}, Environment: map[string]string{},
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision", "vcs.time", "vcs.modified", "CGO_ENABLED", "-tags", "-race":
				f.Build[s.Key] = s.Value
			}
		}
	}
	for _, name := range []string{"LANG", "LC_ALL", "XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "FYNE_PLATFORM", "FYNE_SCALE", "GODEBUG", "GOMEMLIMIT"} {
		if v := os.Getenv(name); v != "" {
			f.Environment[name] = v
		}
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "DBUS_SESSION_BUS_ADDRESS"} {
		if os.Getenv(name) != "" {
			f.Environment[name] = "(set)"
		}
	}
	return f
}

type checkFacts struct {
	OpenError       *trouble `json:",omitempty"` // why the queue could not be opened
	Owner           bool     // the bundle was made by the process that does the uploading
	Notices         []string
	FreeBytes       int64 // on the drive of Longshore's own folder; -1 if it cannot be told
	FolderFileBytes map[string]int64
	Vaults          []vaultCheck
}

type vaultCheck struct {
	Vault        uploader.VaultID
	Reached      bool
	Milliseconds int64
	Trouble      *trouble `json:",omitempty"`
	SignedIn     *bool    `json:",omitempty"`
	SignInKept   string   `json:",omitempty"` // in the keychain, or in a file
	SignInCode   string   `json:",omitempty"`
}

// trouble is an error without its details, which may quote what a server or a system said.
type trouble struct {
	Code     uploader.Code
	Sentence string
}

func troubleOf(err error) *trouble {
	if err == nil {
		return nil
	}
	p := app.Explain(err)
	return &trouble{p.Code, p.Code.Sentence()}
}

// reachWait bounds how long a vault is waited for.
const reachWait = 5 * time.Second

func checks(ctx context.Context, o Options) checkFacts {
	f := checkFacts{OpenError: troubleOf(o.OpenErr), FreeBytes: freeBytes(o.StateDir), FolderFileBytes: map[string]int64{}}
	for _, name := range append(append([]string{"queue.db"}, app.LogNames()...), app.CrashNames()...) {
		if info, err := os.Stat(filepath.Join(o.StateDir, name)); err == nil {
			f.FolderFileBytes[name] = info.Size()
		}
	}
	if o.Session == nil {
		return f
	}
	f.Owner = o.Session.Owner()
	for _, n := range o.Session.Notices() {
		f.Notices = append(f.Notices, n.String())
	}
	vaults, err := o.Session.Vaults(ctx)
	if err != nil {
		return f
	}
	ins := map[uploader.VaultID]app.SignIn{}
	if list, err := o.Session.SignIns(ctx); err == nil {
		for _, in := range list {
			ins[in.Vault] = in
		}
	}
	for _, v := range vaults {
		f.Vaults = append(f.Vaults, reach(ctx, o.Session, v, ins))
	}
	return f
}

func reach(ctx context.Context, s app.Session, v uploader.Vault, ins map[uploader.VaultID]app.SignIn) vaultCheck {
	c := vaultCheck{Vault: v.ID}
	ctx, cancel := context.WithTimeout(ctx, reachWait)
	defer cancel()
	begun := time.Now()
	_, err := s.CheckVault(ctx, app.VaultSpec{SignerURL: v.SignerURL, TokenFile: v.TokenFile, CAFile: v.CAFile})
	c.Reached, c.Trouble, c.Milliseconds = err == nil, troubleOf(err), time.Since(begun).Milliseconds()
	if in, ok := ins[v.ID]; ok {
		c.SignedIn, c.SignInKept = &in.SignedIn, in.Store
		if in.Problem != nil {
			c.SignInCode = string(in.Problem.Code)
		}
	}
	return c
}

type settingFacts struct {
	Limits    uploader.Limits
	Behaviour app.Behaviour
	Vaults    []vaultFacts
}

type vaultFacts struct {
	ID                uploader.VaultID
	Host              string   // of the signer; nothing behind it
	DataHosts         []string // pinned
	Checksum          uploader.Checksum
	Encryption        string
	SignIn            string
	Kind              string
	TokenFile, CAFile bool   // whether one is set
	CA                bool   // whether a connection file brought one
	Proxy             string // "" for the system's settings; it holds no name and no password
	AddedAt           time.Time
}

func settings(ctx context.Context, s app.Session) settingFacts {
	var f settingFacts
	f.Limits, _ = s.Limits(ctx) // a setting that cannot be read shows as zero
	f.Behaviour, _ = s.Behaviour(ctx)
	vaults, _ := s.Vaults(ctx)
	for _, v := range vaults {
		hosts := make([]string, 0, len(v.DataOrigins))
		for _, o := range v.DataOrigins {
			hosts = append(hosts, hostOf(o))
		}
		f.Vaults = append(f.Vaults, vaultFacts{
			ID: v.ID, Host: hostOf(v.SignerURL), DataHosts: hosts, Checksum: v.Checksum, Encryption: v.Encryption, SignIn: v.SignIn,
			Kind: v.Kind, TokenFile: v.TokenFile != "", CAFile: v.CAFile != "", CA: v.CA != "", Proxy: v.Proxy, AddedAt: v.AddedAt,
		})
	}
	return f
}

// hostOf is scheme and host of an address.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(not an address)"
	}
	return u.Scheme + "://" + u.Host
}
