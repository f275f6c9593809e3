package account

import "reflect"

// Kept is the one T of a pool, built at first use: what this process remembers
// between calls, such as events that were read. T is a type of the caller's own.
func Kept[T any](p *Pool, build func() *T) *T {
	key := reflect.TypeFor[T]()
	if found, ok := p.kept.Load(key); ok {
		if typed, ok := found.(*T); ok {
			return typed
		}
	}
	found, _ := p.kept.LoadOrStore(key, build())
	if typed, ok := found.(*T); ok {
		return typed
	}
	return build()
}

// Abroad tells whether a region is another than that of the provider's own credentials:
// objects there are named with their region.
func (p *Pool) Abroad(region string) bool {
	p.mu.Lock()
	own := p.sessions[""]
	p.mu.Unlock()
	home := p.settings.Base.Region
	if own != nil {
		own.mu.Lock()
		defer own.mu.Unlock()
		if own.account != nil {
			home = own.account.region
		}
	}
	return region != "" && region != home
}

// AttributesDrift tells whether plans look up who made a change.
func (p *Pool) AttributesDrift() bool {
	return !p.settings.SkipAttribution
}
