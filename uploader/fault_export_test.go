package uploader

import (
	"context"
	"net"
)

// Moving is how the product's transports dial, for tests that bring their own network.
func Moving(dial func(ctx context.Context, network, addr string) (net.Conn, error)) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return movingDialer(dial, defaultStall/30, newPieces(bulkPiece), nil)
}

// CodeTable gives every code with its row.
func CodeTable() map[Code]CodeInfo { return codeTable }
