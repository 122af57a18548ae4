//go:build !page

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"time"

	"muflow/internal/page"

	"github.com/spf13/cobra"
)

// pageCommands are those that bring the page to a browser.
func pageCommands(t *terminal) []*cobra.Command {
	return []*cobra.Command{newServe(t, runServe), newPage(t, runPage)}
}

// serveOptions say where verify serve listens.
type serveOptions struct {
	*terminal
	addr string
	open bool
	time time.Duration
}

// maxRequest bounds the time of a request.
const maxRequest = time.Hour

func newServe(t *terminal, run func(context.Context, *serveOptions) error) *cobra.Command {
	o := &serveOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "serve",
		Short: "Serve the interactive page to a browser on this machine",
		Long: `Serve the interactive page and print its address: a graph, its training and what is proved of it, under sliders.
The page asks for commands, which this program runs; it can read no file and write none. Only this machine can
reach it, unless --addr names another address: then the printed address has a token, without which nothing is
answered, and nothing is encrypted.`,
		Example: "  verify serve\n  verify serve --addr 127.0.0.1:8080 --open",
	}, o, run)
	f.StringVar(&o.addr, "addr", "127.0.0.1:0", "address and port to listen on; port 0 for a free one")
	f.BoolVar(&o.open, "open", false, "open the page in the browser")
	addParsed(f, &o.time, "time", "1m", "duration", "longest time of one request, such as 30s or 5m", func(text string) (time.Duration, error) {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 || d > maxRequest {
			return 0, errors.New("expected a time such as 30s or 5m, at most 1h")
		}
		return d, nil
	})
	return c
}

func runServe(ctx context.Context, o *serveOptions) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return usagef("--addr %s: %w", o.addr, err)
	}
	s := pageServer(listener, o.time)
	address := "http://" + listener.Addr().String() + "/"
	if at, ok := listener.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
		s.Token = page.NewToken()
		address += "?token=" + s.Token
		fmt.Fprintf(o.err, "verify: other machines can reach %s; whoever has the address below may use it, and it is not encrypted\n", listener.Addr())
	}
	if err := o.write([]byte(address + "\n")); err != nil {
		return errors.Join(err, listener.Close())
	}
	if o.open {
		if err := openBrowser(ctx, address); err != nil {
			fmt.Fprintf(o.err, "verify: no browser could be opened: %v\n", err)
		}
	}
	server := serverOf(ctx, s)
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err := <-stopped:
		return exit(exitFault, err)
	case <-ctx.Done():
		if err := server.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
			return exit(exitFault, err)
		}
		return nil
	}
}

// pageServer answers requests with the commands of this program, each within a time.
func pageServer(listener net.Listener, limit time.Duration) *page.Server {
	return &page.Server{Ask: answer, Address: listener.Addr(), Time: limit, Parallel: max(1, runtime.GOMAXPROCS(0)), Waiting: 16}
}

// serverOf is its server, whose requests end with ctx.
func serverOf(ctx context.Context, s *page.Server) *http.Server {
	server := s.HTTP()
	server.BaseContext = func(net.Listener) context.Context { return ctx }
	return server
}

// openBrowser has the system open an address.
func openBrowser(ctx context.Context, address string) error {
	switch runtime.GOOS {
	case "darwin":
		return exec.CommandContext(ctx, "open", address).Start()
	case "windows":
		return exec.CommandContext(ctx, "rundll32", "url.dll,FileProtocolHandler", address).Start()
	}
	return exec.CommandContext(ctx, "xdg-open", address).Start()
}
