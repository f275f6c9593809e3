package localaws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// DefaultAccount is the account of access keys that the recorder has never seen.
const DefaultAccount = "123456789012"

// Options sets up a server. The zero value behaves as AWS does.
type Options struct {
	// MotoCommand starts moto; empty means moto_server from PATH, then from .venv in the repository.
	MotoCommand []string
	// Address to listen on; it must be loopback. Empty means a free port on 127.0.0.1.
	Address string
	// Lookup limits LookupEvents. Zero means the two calls a second of AWS, and records visible at once.
	Lookup Lookup
	// Clock tells the time of records and of the 90 days; nil means time.Now.
	Clock func() time.Time
	// Log receives one line a call, and what moto prints. Nil means nothing is written.
	Log io.Writer
}

// Lookup is how LookupEvents behaves for one account.
type Lookup struct {
	// Rate is calls a second for each account and region; 0 means 2, as on AWS.
	Rate float64
	// Burst is how many calls may come at once; 0 means the rate, rounded up.
	Burst int
	// Delay is how long a recorded call stays invisible; AWS: about five minutes on average.
	Delay time.Duration
}

// Server is moto behind the recorder.
type Server struct {
	options  Options
	moto     *moto
	url      string
	listener *http.Server
	handlers map[string]handler

	mu       sync.Mutex
	accounts map[string]*Account

	keyLock sync.Mutex
	keys    map[string]*accessKey

	// policies are the bucket policies as they were sent, by bucket; names of buckets are unique over all accounts.
	policies sync.Map
}

var shared = sync.OnceValues(func() (*Server, error) {
	// The server outlives the test that happens to start it; moto ends with the test binary.
	return Start(context.Background(), Options{Lookup: Lookup{Rate: 200}})
})

// Shared gives the one server of this test binary, started by the first test that asks for it.
// LookupEvents takes 200 calls a second there; [Account.SetLookup] gives a test the real limit.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	s, err := shared()
	if err != nil {
		tb.Fatalf("start the local AWS: %v", err)
	}
	return s
}

// Start starts moto and the recorder. Moto ends when ctx does, when Close is called, or when this process dies.
func Start(ctx context.Context, options Options) (*Server, error) {
	if options.Clock == nil {
		options.Clock = time.Now
	}
	address := options.Address
	if address == "" {
		address = "127.0.0.1:0"
	}
	if err := checkLoopback(address); err != nil {
		return nil, err
	}
	child, err := startMoto(ctx, options)
	if err != nil {
		return nil, err
	}
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		child.stop()
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	s := &Server{
		options:  options,
		moto:     child,
		url:      "http://" + socket.Addr().String(),
		accounts: map[string]*Account{},
		keys:     map[string]*accessKey{},
	}
	s.handlers = s.table()
	s.listener = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.listener.Serve(socket) }()
	context.AfterFunc(ctx, s.Close)
	return s, nil
}

func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("read the address %q: %w", address, err)
	}
	ip := net.ParseIP(host)
	if ip == nil || !ip.IsLoopback() {
		return errors.New("refuse to listen on " + address + ": the local AWS checks no signature and only listens on loopback")
	}
	return nil
}

// URL is the endpoint of every service.
func (s *Server) URL() string { return s.url }

// Close stops the recorder and moto.
func (s *Server) Close() {
	_ = s.listener.Close()
	s.moto.stop()
}

// Account gives the account with this ID, made on first use. The region is where its clients call; the first one given stays.
func (s *Server) Account(id, region string) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accountLocked(id, region)
}

func (s *Server) accountLocked(id, region string) *Account {
	a := s.accounts[id]
	if a == nil {
		a = newAccount(s, id, region)
		s.accounts[id] = a
	}
	return a
}

// NewAccount makes an account of its own for one test, with a random ID. When the test ends, every call that
// neither moto nor the recorder knew fails it by name.
func (s *Server) NewAccount(tb testing.TB, region string) *Account {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	id := randomDigits(12)
	for s.accounts[id] != nil {
		id = randomDigits(12)
	}
	a := s.accountLocked(id, region)
	tb.Cleanup(func() {
		for _, name := range a.Unknown() {
			tb.Errorf("local AWS: neither moto nor the recorder knows %s", name)
		}
		s.forget(id)
	})
	return a
}

func (s *Server) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.accounts, id)
	s.keyLock.Lock()
	defer s.keyLock.Unlock()
	for key, k := range s.keys {
		if k.principal.AccountID == id {
			delete(s.keys, key)
		}
	}
}
