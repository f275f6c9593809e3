package localaws

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"time"
)

// population is a generated account. It is made whole and never changed, so it may be read without a lock.
type population struct {
	users, groups, roles []*seeded
	policies             []*seededPolicy
}

// seeded is a generated user, group or role.
type seeded struct {
	name, path, id, arn string
	created             time.Time
	inline              []inlinePolicy
	attached            []*seededPolicy
	boundary            *seededPolicy
	tags                []string
	// groups are those of a user.
	groups []*seeded
	// password, device and the keys are those of a user; a key that is not there has no date.
	password, device bool
	passwordUsed     time.Time
	// serial is that of the device, where it is answered for; it goes with the device.
	serial string
	keys   [2]seededKey
	// trust, seconds and profile are those of a role; few roles have an instance profile.
	trust   string
	seconds int
	profile string
}

type seededKey struct {
	active        bool
	rotated, used time.Time
	service       string
}

type inlinePolicy struct{ name, document string }

// seededPolicy is a generated customer managed policy. Its versions are told by their documents, the last one being in force.
type seededPolicy struct {
	name, path, id, arn   string
	created               time.Time
	versions              []string
	attachments, boundary int
}

// The documents of a generated account, from the harmless to the worst.
var (
	seedDocuments = []string{
		allowing(`"s3:GetObject"`, "arn:aws:s3:::reports/*"),
		allowing(`["s3:Get*","s3:List*"]`, "*"),
		allowing(`["logs:CreateLogStream","logs:PutLogEvents"]`, "*"),
		allowing(`["ec2:Describe*","cloudwatch:GetMetricData"]`, "*"),
		allowing(`["dynamodb:GetItem","dynamodb:Query"]`, "arn:aws:dynamodb:*:*:table/orders"),
		allowing(`"sts:AssumeRole"`, "arn:aws:iam::*:role/deploy"),
		allowing(`["iam:PassRole","lambda:CreateFunction"]`, "*"),
		allowing(`"iam:*"`, "*"),
		allowing(`"*"`, "*"),
	}
	seedServices = []string{"ec2", "lambda", "ecs-tasks", "states"}
	seedPaths    = []string{"/", "/", "/", "/team/", "/team/data/"}
)

func allowing(actions, resource string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":` + actions + `,"Resource":"` + resource + `"}]}`
}

func trusting(service string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service +
		`.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
}

// encoded is a document as IAM answers it.
func encoded(document string) string { return url.QueryEscape(document) }

// seeder makes one population.
type seeder struct {
	account *Account
	random  *rand.Rand
	now     time.Time
	made    *population
}

// SeedInventory puts n generated users, groups, roles and customer managed policies into the account, with inline and attached
// policies, memberships, permissions boundaries, instance profiles, passwords, MFA devices and access keys. The lists of users,
// groups, roles and policies, GetAccountAuthorizationDetails and the credential report answer them, before those that moto has.
// moto itself knows nothing of them, so every other call about one does not find it. The same arguments make the same account,
// down to its IDs and, with the same clock, its dates.
func (a *Account) SeedInventory(n int, seed uint64) {
	random := rand.New(rand.NewPCG(seed, uint64(n))) //nolint:gosec // Repeatable on purpose.
	s := &seeder{account: a, random: random, now: a.now().Truncate(time.Second), made: &population{}}
	// Of a hundred, 20 are policies, 5 groups, 40 users and 35 roles.
	for i := range n {
		switch at := i % 20; {
		case at < 4:
			s.policy(len(s.made.policies))
		case at == 4:
			s.group(len(s.made.groups))
		case at < 13:
			s.user(len(s.made.users))
		default:
			s.role(len(s.made.roles))
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.population = s.made
}

// seeds are the generated part of the account; nil is an account without.
func (a *Account) seeds() *population {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.population
}

func pick[T any](s *seeder, from []T) T { return from[s.random.IntN(len(from))] }

// oneIn is true once in n times.
func (s *seeder) oneIn(n int) bool { return s.random.IntN(n) == 0 }

// past is a moment of the last two years.
func (s *seeder) past() time.Time {
	return s.now.Add(-time.Duration(s.random.IntN(2*365*24*3600)) * time.Second)
}

func (s *seeder) id(prefix string) string {
	id := []byte(prefix)
	for range 17 {
		id = append(id, upperAndDigits[s.random.IntN(len(upperAndDigits))])
	}
	return string(id)
}

func (s *seeder) arn(kind, path, name string) string {
	return "arn:" + s.account.partition() + ":iam::" + s.account.ID + ":" + kind + path + name
}

func (s *seeder) entity(kind, prefix string, number int) *seeded {
	e := &seeded{name: fmt.Sprintf("seed-%s-%06d", kind, number), path: pick(s, seedPaths), id: s.id(prefix), created: s.past()}
	e.arn = s.arn(kind, e.path, e.name)
	for i := range s.random.IntN(3) {
		e.inline = append(e.inline, inlinePolicy{fmt.Sprintf("inline-%d", i), pick(s, seedDocuments)})
	}
	if len(s.made.policies) == 0 {
		return e
	}
	for range s.random.IntN(3) {
		if p := pick(s, s.made.policies); !slices.Contains(e.attached, p) {
			e.attached = append(e.attached, p)
			p.attachments++
		}
	}
	return e
}

func (s *seeder) policy(number int) {
	p := &seededPolicy{
		name: fmt.Sprintf("seed-policy-%06d", number), path: pick(s, seedPaths), id: s.id("ANPA"), created: s.past(),
	}
	p.arn = s.arn("policy", p.path, p.name)
	for range 1 + s.random.IntN(3) {
		p.versions = append(p.versions, pick(s, seedDocuments))
	}
	s.made.policies = append(s.made.policies, p)
}

func (s *seeder) group(number int) {
	s.made.groups = append(s.made.groups, s.entity("group", "AGPA", number))
}

func (s *seeder) user(number int) {
	u := s.entity("user", "AIDA", number)
	if s.oneIn(3) {
		u.tags = []string{"team", pick(s, seedActors)}
	}
	for range s.random.IntN(4) {
		if g := pick(s, s.made.groups); !slices.Contains(u.groups, g) {
			u.groups = append(u.groups, g)
		}
	}
	u.password = s.oneIn(2)
	u.device = u.password && !s.oneIn(4)
	if u.password && s.oneIn(2) {
		u.passwordUsed = s.after(u.created)
	}
	for i := range s.random.IntN(3) {
		key := seededKey{active: !s.oneIn(4), rotated: s.after(u.created)}
		if s.oneIn(2) {
			key.used, key.service = s.after(key.rotated), pick(s, []string{"s3", "ec2", "iam"})
		}
		u.keys[i] = key
	}
	s.bound(u)
	s.made.users = append(s.made.users, u)
}

// after is a moment between another and now.
func (s *seeder) after(begin time.Time) time.Time {
	return begin.Add(time.Duration(s.random.Int64N(int64(s.now.Sub(begin)) + 1))).Truncate(time.Second)
}

func (s *seeder) role(number int) {
	r := s.entity("role", "AROA", number)
	service := pick(s, seedServices)
	r.trust, r.seconds = trusting(service), 3600*(1+s.random.IntN(12))
	if s.oneIn(3) {
		r.tags = []string{"team", pick(s, seedActors)}
	}
	if service == "ec2" && s.oneIn(2) {
		r.profile = fmt.Sprintf("seed-profile-%06d", number)
	}
	s.bound(r)
	s.made.roles = append(s.made.roles, r)
}

// bound gives one entity of ten a permissions boundary.
func (s *seeder) bound(e *seeded) {
	if s.oneIn(10) {
		e.boundary = pick(s, s.made.policies)
		e.boundary.boundary++
	}
}
