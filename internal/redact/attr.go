package redact

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

const hiddenValue = "(hidden)"

// Attr is a slog ReplaceAttr function: it redacts messages, texts and errors, and blanks attributes whose name says
// that they hold a path, a name, a URL or a secret.
func Attr(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
		return a
	}
	if secretKey(a.Key) {
		return slog.String(a.Key, hiddenValue)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, Text(a.Value.String()))
	case slog.KindAny:
		return slog.String(a.Key, value(a.Value.Any()))
	}
	return a
}

// value renders anything as a redacted text; nothing reaches the log in a form of its own.
func value(v any) string {
	switch v := v.(type) {
	case error:
		return Err(v).Error()
	case time.Duration:
		return v.String()
	}
	return Text(fmt.Sprintf("%v", v))
}

func secretKey(key string) bool {
	key = strings.ToLower(key)
	for _, word := range []string{"path", "file", "url", "token", "secret", "password", "authorization", "signature", "dir", "folder"} {
		if strings.Contains(key, word) && !strings.HasSuffix(key, "s") {
			return true // counts ("files", "tokens") are no names
		}
	}
	return key == "name" || key == "key"
}
