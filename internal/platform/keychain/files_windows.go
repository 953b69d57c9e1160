package keychain

import "io/fs"

// private: Windows has no mode bits; the folder's own rights, under the user's profile, keep others out.
func private(fs.FileInfo) bool { return true }

// syncDir has nothing to do: NTFS journals its folders.
func syncDir(string) error { return nil }
