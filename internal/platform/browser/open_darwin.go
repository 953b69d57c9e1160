package browser

func command(address string) []string { return []string{"/usr/bin/open", address} }
