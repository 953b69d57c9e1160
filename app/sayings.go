package app

import "strings"

// saying is a sentence of this package's own, for a failure that its code says too little of: a key of the table below,
// and what goes into the gaps, pairs of name and text. Windows say it in other languages by the key
// (assets/translations, app.…); a test there holds the English of both alike.
type saying struct {
	key  string
	args []string
}

func say(key string, args ...string) saying { return saying{key, args} }

// String is the sentence in English.
func (s saying) String() string {
	gaps := make([]string, 0, len(s.args))
	for i := 0; i+1 < len(s.args); i += 2 {
		gaps = append(gaps, "{"+s.args[i]+"}", s.args[i+1])
	}
	return strings.NewReplacer(gaps...).Replace(sayings[s.key])
}

// sayings are the sentences, each with a next step.
var sayings = map[string]string{
	"owner-gone":             "The Longshore that did the uploading has ended. Nothing is lost: resume to go on.",
	"closed":                 "Longshore was closed. Nothing is lost: resume to go on.",
	"other-version":          "Another version of Longshore is using this queue. Close it, then try again.",
	"window-silent":          "Longshore's window does not answer. Close it, then try again.",
	"no-home":                "Your home folder cannot be found. Say with --state which folder Longshore shall keep its queue in.",
	"state-path":             "The state folder's path cannot be used. Choose another one.",
	"state-is-file":          "The state folder's path names a file. Choose another one.",
	"state-not-made":         "The state folder cannot be made. Choose another one.",
	"no-log":                 "The log file in Longshore's folder cannot be written; everything else works.",
	"alone":                  "Other windows and commands cannot reach this one; start only one at a time.",
	"slow-folder":            "Longshore's own folder lies on a network drive, where it can be damaged when the connection breaks. Choose a folder on this computer.",
	"notes-damaged":          "Longshore's notes were damaged.",
	"notes-gone":             "Longshore's notes were gone.",
	"back-in-queue":          "Files that are in the queue again: {files}.",
	"nothing-lost":           "Nothing is missing.",
	"lost":                   "Files that could not be read: {files}. Look what is missing and add it again.",
	"lost-at-least":          "Files that could not be read: {files} or more. Look whether something is missing and add it again.",
	"lost-unknown":           "Files, history or settings may be missing: look, and add again what is not there.",
	"set-aside":              "The damaged file was kept as {file}.",
	"token-unreadable":       "The token file cannot be read. Check that it is there and that you may read it.",
	"token-empty":            "The token file is empty. Put the token from your administrator into it.",
	"token-more":             "The token file holds more than a token: one line without blanks is expected.",
	"ca-unreadable":          "The certificate (CA) file cannot be read. Check that it is there and that you may read it.",
	"ca-empty":               "The certificate (CA) file holds no certificate. Ask your administrator for one in PEM form.",
	"file-path":              "The path of the token or certificate file cannot be used.",
	"address-empty":          "The vault's address is empty; paste the one your administrator gave you, such as https://vault.example.org.",
	"address-unusable":       "The vault's address cannot be used. It looks like https://vault.example.org, without a name, a password, ? or # in it; plain http:// is allowed only on this computer.",
	"vault-busy":             "The vault answers, but is busy or has a fault at the moment, so nothing was added. Try again in a while; if it stays, tell your administrator.",
	"proxy-login-unusable":   "This name or password cannot be used. A name has no colon in it, and neither is longer than 500 characters.",
	"vault-away-script":      "The vault cannot be reached directly, and this computer uses an automatic proxy script (PAC), which Longshore cannot run. Ask your administrator for the proxy's address, and enter it as this vault's proxy.",
	"vault-away":             "The vault does not answer, so nothing was added. Check its address and your network, then try again.",
	"vault-unknown":          "This vault is not known any more. Add it again.",
	"companion-instead":      "An Uppy Companion answers at the vault's address now instead of a signer. It cannot prove what it stores, so nothing was sent. If your administrator confirms this, add the vault again and accept it (--repin).",
	"bytes-moved":            "The vault now wants the bytes to go to {place} instead of {before}, so nothing was sent. If your administrator confirms this, add the vault again and accept the new place (--repin).",
	"bytes-not-shown":        "The vault wants the bytes to go to {place} now, not to {before} as you were shown, so nothing was added. Ask your administrator before you try again.",
	"sign-in-moved":          "The vault now wants you to sign in otherwise than at {before} as you agreed, so nothing was sent there. If your administrator confirms this, add the vault again and accept the new sign-in (--repin).",
	"sign-in-not-shown":      "The vault wants you to sign in otherwise now than at {before} as you were shown, so nothing was added. Ask your administrator before you try again.",
	"wants-token":            "This vault wants a sign-in. Get a token file from your administrator and name it (--token-file, or in the settings).",
	"issuer-insecure":        "The vault names a place to sign in that is not secure (https), so nothing was sent there. Tell your administrator.",
	"no-token-files":         "This vault takes no token files. Leave the token file out and sign in instead.",
	"proxy-unusable":         "The proxy's address cannot be used. It looks like http://proxy.example.org:3128; or say system or none.",
	"proxy-password":         "A name and a password in a proxy's address would lie readable in Longshore's notes, so they are not taken. Leave them out: Longshore asks for them when the proxy does, and keeps them in the keychain.",
	"connection-gone":        "The connection file is no longer there. Look where it was saved, then open it again.",
	"connection-unreadable":  "The connection file cannot be read, or is far too large to be one. Save it on this computer once more, then open it again.",
	"connection-too-large":   "This file is far too large for a connection file. Ask your administrator for the right one.",
	"connection-not-toml":    "This is not a connection file, or it was damaged on the way. Ask your administrator to send it again.",
	"connection-line":        "This is not a connection file, or it was damaged on the way (line {line}). Ask your administrator to send it again.",
	"connection-newer":       "This connection file is for a newer Longshore. Update this program, then open the file again.",
	"connection-missing":     "The connection file is not complete: {entry} is missing. Ask your administrator for a new one.",
	"connection-unknown":     "The connection file says something that this Longshore does not know: {entry}. Update this program, or show the file to your administrator.",
	"connection-bad":         "What the connection file says under {entry} cannot be used. Show the file to your administrator.",
	"connection-secret":      "The connection file holds a secret under {entry}, which has no place in a file that is sent around, so it was not used. Tell your administrator.",
	"vault-in-use":           "Something in the list still belongs to this vault, so it was not removed. Wait until it is stored, or take it off the list; then remove the vault.",
	"vault-name":             "A vault's name is one line of at most 100 characters. Choose a shorter one.",
	"file-bytes":             "The vault wants the bytes to go to {place}, but the connection file says {before}, so nothing was added. Ask your administrator for a new file before you try again.",
	"file-sign-in":           "The vault wants another sign-in than the connection file says, so nothing was added. Ask your administrator for a new file before you try again.",
	"test-clock-ahead":       "This computer's clock is {minutes} minutes ahead of the vault's. Let it set itself by the network (date and time in the system's settings), then test again.",
	"test-clock-behind":      "This computer's clock is {minutes} minutes behind the vault's. Let it set itself by the network (date and time in the system's settings), then test again.",
	"test-sign-in-over":      "The vault no longer takes your sign-in: it ran out or was withdrawn. Sign in again.",
	"test-token-over":        "The vault does not take the token in your token file: it is wrong, ran out or was withdrawn. Ask your administrator for a new one.",
	"test-proxy-sign-in":     "The proxy {proxy} lets nobody through without a name and a password (407). Give them to Longshore; often they are those you sign in to this computer with.",
	"test-proxy-refused":     "The proxy {proxy} does not take the name and the password it was given (407). Give them again; if that does not help, ask your administrator.",
	"test-proxy-other":       "The proxy {proxy} wants a sign-in of a kind that Longshore does not have (407; it takes no name and password, but NTLM, Kerberos or another). Ask your administrator to let this program through without it, or for another proxy.",
	"test-script":            "{host} cannot be reached directly, and this computer uses an automatic proxy script (PAC), which Longshore cannot run. Ask your administrator for the proxy's address, and enter it as this vault's proxy.",
	"test-proxy-refuses":     "The proxy {proxy} does not connect to {host}. Ask your administrator to allow that address, or choose another proxy in the settings.",
	"test-proxy-away":        "The proxy {proxy} does not answer. Check its address in the settings, or choose no proxy if this network has none.",
	"test-name-unknown":      "Nobody on this network knows the name {host}. Check the address; if it is only known inside your organisation, connect to its network or VPN first.",
	"test-no-names":          "This computer cannot look up names at the moment: it seems to be offline. Connect it to the network, then test again.",
	"test-not-secure":        "What answers at {host} does not speak securely (TLS). Check the address and its port, or sign in to this network's start page first.",
	"test-refused":           "The computer at {host} refuses the connection: nothing serves there. Check the address and its port, or ask your administrator whether the vault is running.",
	"test-cut":               "Something between here and {host} cuts the secure connection, as firewalls do. Ask your administrator to allow this address.",
	"test-silent":            "Nothing answers at {host}. Check the network or VPN; if other pages work, a firewall may block it: ask your administrator to allow this address, or for a proxy.",
	"test-start-page":        "This network shows its own start page instead of the vault. Open any page in your browser, sign in or accept there, then test again.",
	"test-web-page":          "A web page answers at {host} instead of a vault. If this network has a start page, sign in to it in your browser; else check the address.",
	"test-other-name":        "What answers at {host} shows a certificate for another name. Check the address, or sign in to this network's start page first; else tell your administrator.",
	"test-inspected":         "Security equipment on this network ({issuer}) reads encrypted traffic and puts its own certificate in the place of that of {host}, so nothing was sent. Ask your administrator to exempt this address from inspection.",
	"test-other-authority":   "The certificate of {host} was made by {issuer}, not by the authority that this vault's certificate file names: something reads along, or the file is out of date. Nothing was sent; show this to your administrator.",
	"test-unknown-authority": "The certificate of {host} was made by {issuer}, whom this computer does not trust, so nothing was sent. If that is your organisation, ask for its certificate (CA) file; else something on this network may read along: tell your administrator.",
	"test-clock-certificate": "By this computer's clock the certificate of {host} is not valid, but by the vault's clock it is: this computer's clock is wrong. Let it set itself by the network (date and time in the system's settings).",
	"test-not-yet":           "The certificate of {host} is not valid yet. Check this computer's clock; if it is right, tell your administrator.",
	"test-expired":           "The certificate of {host} has run out. Check this computer's clock; if it is right, tell your administrator that it has to be renewed.",
	"no-sign-in":             "This vault has no sign-in of this kind. If it wants a token, name the token file from your administrator.",
	"has-token-file":         "This vault is used with a token file. Add it again without one to sign in yourself.",
	"no-such-store":          "There is no such place to keep a sign-in; it is keychain or file.",
	"other-sign-in":          "This sign-in was given up for another one. Begin it again if you still need it.",
	"vault-changed":          "The vault's settings were changed meanwhile. Sign in again.",
	"sign-in-stopped":        "The sign-in was stopped. Begin it again when you want to.",
	"sign-in-needed":         "You are not signed in to this vault. Sign in; what is queued for it then goes on by itself.",
	"sign-in-denied":         "{host} refused the sign-in. Try again, or ask your administrator whether you may use this vault.",
	"sign-in-timed-out":      "Nobody finished the sign-in in time. Begin it again.",
	"sign-in-away":           "{host}, where this vault signs people in, cannot be reached. Check the network, then try again.",
	"sign-in-untrusted":      "The certificate of {host}, where this vault signs people in, is not trusted, so nothing was sent there. Ask your administrator for the right certificate (CA) file.",
	"sign-in-trouble":        "{host}, where this vault signs people in, has a fault at the moment. Try again in a while.",
	"no-device":              "{host} offers no sign-in by code. Sign in with the browser of this computer (--browser).",
	"no-loopback":            "Your browser's answer cannot reach Longshore on this computer. Sign in by code instead (longshore-cli sign-in --device).",
	"no-keychain":            "Your sign-in cannot be kept: this computer's keychain does not answer, or is locked. Unlock it and sign in again. On a machine without a keychain you can have it kept in a file that only you can read (--secret-store file).",
	"sign-in-wrong":          "What {host} says about the sign-in cannot be trusted, so you are not signed in. Show the details to your administrator.",
}
