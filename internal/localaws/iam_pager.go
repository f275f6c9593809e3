package localaws

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// keptLists is how many lists an account keeps for clients that still read them.
const keptLists = 200

// pager keeps lists that clients read page by page. A list is computed when its first page is asked for, and the further pages
// are cut out of it, so that they cost no more than what they show, and nothing that changes meanwhile is told twice or left out.
type pager struct {
	mu sync.Mutex
	// most is how many members a page has at most, whatever is asked for; 0 is no limit.
	most  int
	lists map[string]*keptList
	order []string
}

// keptList is an answer without its members, and the members.
type keptList struct {
	// before are the elements of the answer that come before its lists, such as the group of GetGroup.
	before []*node
	// lists are the names of the lists in their order; an answer has each, also where a page has no member of it.
	lists   []string
	members []member
}

// LimitPages makes the pages of IAM's lists shorter than what is asked for, as AWS may.
func (a *Account) LimitPages(most int) {
	a.pages.mu.Lock()
	defer a.pages.mu.Unlock()
	a.pages.most = most
}

func (p *pager) limited(size int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.most > 0 {
		return min(p.most, size)
	}
	return size
}

// keep gives a list a token.
func (p *pager) keep(list *keptList) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	token := randomText(16, upperAndDigits)
	if p.lists == nil {
		p.lists = map[string]*keptList{}
	}
	p.lists[token] = list
	p.order = append(p.order, token)
	if len(p.order) > keptLists {
		delete(p.lists, p.order[0])
		p.order = slices.Delete(p.order, 0, 1)
	}
	return token
}

func (p *pager) find(token string) *keptList {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lists[token]
}

// place is where a page begins: in a list that is kept, or at the beginning of one that is not computed yet.
type place struct {
	token string
	from  int
	list  *keptList
}

// placeAsked reads the marker of a call, if it has one.
func (x *exchange) placeAsked() (place, error) {
	marker := x.form.Get("Marker")
	if marker == "" {
		return place{}, nil
	}
	plain, err := base64.StdEncoding.DecodeString(marker)
	fields := strings.Fields(string(plain))
	if err != nil || len(fields) != 3 || fields[0] != x.call.Operation {
		return place{}, refuse("ValidationError", "Invalid Marker.")
	}
	from, err := strconv.Atoi(fields[2])
	list := x.account.pages.find(fields[1])
	if err != nil || from < 1 || list == nil {
		return place{}, refuse("ValidationError", "Invalid Marker.")
	}
	return place{token: fields[1], from: from, list: list}, nil
}

// page answers the members from a place on, at most size.
func (x *exchange) page(at place, size int) (*answer, error) {
	all := at.list.members
	from := min(at.from, len(all))
	to := min(from+size, len(all))
	result := slices.Clone(at.list.before)
	shown := map[string]*node{}
	for _, name := range at.list.lists {
		shown[name] = element(name)
		result = append(result, shown[name])
	}
	for _, m := range all[from:to] {
		shown[m.list].children = append(shown[m.list].children, m.render())
	}
	result = append(result, leaf("IsTruncated", strconv.FormatBool(to < len(all))))
	if to < len(all) {
		if at.token == "" {
			at.token = x.account.pages.keep(at.list)
		}
		marker := x.call.Operation + " " + at.token + " " + strconv.Itoa(to)
		result = append(result, leaf("Marker", base64.StdEncoding.EncodeToString([]byte(marker))))
	}
	return x.answerQuery(iamNamespace, result...)
}

// given makes members of elements that are there already.
func given(list string, nodes []*node) []member {
	members := make([]member, len(nodes))
	for i, n := range nodes {
		members[i] = member{list, func() *node { return n }}
	}
	return members
}
