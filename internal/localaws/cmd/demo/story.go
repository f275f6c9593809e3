package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// story is the demo from an empty account back to an empty account.
type story struct {
	narrator *narrator
	cli      *terraform
	account  *localaws.Account
	endpoint string
	// admin prepares and checks, mallory does the damage, and responder looks into it.
	admin, mallory, responder clients
}

func newStory(narrator *narrator, cli *terraform, account *localaws.Account, endpoint string) *story {
	return &story{
		narrator: narrator, cli: cli, account: account, endpoint: endpoint,
		admin: clientsOf(account, account.Admin()), mallory: clientsOf(account, account.User("mallory")),
		responder: clientsOf(account, account.User("responder")),
	}
}

// tell goes through the chapters; the first that fails ends the story.
func (s *story) tell(ctx context.Context) error {
	s.narrator.banner(
		"iamguard demo: configure, detect, explain, restore",
		"local AWS, not Amazon: account "+accountID+", region "+region+", "+s.endpoint)
	for _, chapter := range []func(context.Context) error{
		s.prepare, s.configure, s.settled, s.sabotage, s.alert, s.explain, s.restore, s.quarantine, s.leave,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	s.narrator.say("\nThe demo took %s.", s.narrator.elapsed())
	return nil
}

func (s *story) prepare(ctx context.Context) error {
	s.narrator.head("An account with something to lose")
	s.narrator.say("The user %s may do anything in IAM and is in the group %s, and GitHub Actions\n"+
		"may sign in through an OIDC provider that trusts two client IDs. These calls go through the AWS\n"+
		"SDK:\n", userName, groupName)
	return s.make(ctx, s.admin.prepare())
}

// make shows each call as a command of the AWS CLI and makes it.
func (s *story) make(ctx context.Context, calls []call) error {
	for _, one := range calls {
		s.narrator.command(one.command)
		if err := one.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", one.command, err)
		}
	}
	return nil
}

func (s *story) configure(ctx context.Context) error {
	s.narrator.head("Configure: trail, bucket, alert, password policy, MFA for a group, and who is in it")
	if err := s.cli.must(ctx, s.narrator, 0, "apply", "-auto-approve"); err != nil {
		return err
	}
	return s.searchState()
}

// searchState fails if a secret of the account is in the state.
func (s *story) searchState() error {
	state, err := s.cli.state()
	if err != nil {
		return err
	}
	for _, principal := range []localaws.Principal{s.account.Admin(), s.account.User("mallory")} {
		for _, secret := range []string{principal.SecretAccessKey, principal.AccessKeyID} {
			if strings.Contains(state, secret) {
				return errors.New("the state holds a key of " + principal.ARN)
			}
		}
	}
	s.narrator.say("The state was searched for the keys of this account: there is none.")
	return nil
}

func (s *story) settled(ctx context.Context) error {
	s.narrator.head("A second plan is empty")
	if err := s.cli.must(ctx, s.narrator, planEmpty, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	s.narrator.say("Exit code 0: no difference, and no removal on record.")
	return nil
}

func (s *story) sabotage(ctx context.Context) error {
	s.narrator.head("Meanwhile, outside Terraform")
	s.narrator.say("With keys of their own, the user mallory takes %s out of the group, a client ID\n"+
		"out of the OIDC provider, sends one field of the password policy, which sets back all\n"+
		"others, and then stops the trail:\n", userName)
	return s.make(ctx, s.mallory.sabotage())
}

// alert prints what arrived, as a person would get it. The trail was stopped after the
// removals, so both of them were seen.
func (s *story) alert(ctx context.Context) error {
	s.narrator.head("At once: the alerts arrive")
	texts, err := s.admin.inbox(ctx)
	if err != nil {
		return err
	}
	s.narrator.say("CloudTrail, EventBridge in %s, SNS, and the queue %s:\n", alertRegion, inboxName)
	for _, text := range texts {
		quoted := s.narrator.quoted()
		_, _ = fmt.Fprintln(quoted, text)
		quoted.end()
	}
	if len(texts) != removals {
		return fmt.Errorf("%d alerts arrived, and %d removals were made", len(texts), removals)
	}
	return nil
}

func (s *story) explain(ctx context.Context) error {
	s.narrator.head("Detect and explain: the next plan says what was removed, when and by whom")
	if err := s.cli.must(ctx, s.narrator, planChanges, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	s.narrator.say("Exit code 2: the plan is not empty. It says what every removal cost: %s is free of\n"+
		"the denial without MFA. On AWS an event can take up to 15 minutes to show; the local AWS shows\n"+
		"it at once.", userName)
	return nil
}

func (s *story) restore(ctx context.Context) error {
	s.narrator.head("Restore: apply puts everything back")
	if err := s.cli.must(ctx, s.narrator, 0, "apply", "-auto-approve"); err != nil {
		return err
	}
	on, err := s.admin.logging(ctx)
	if err != nil {
		return err
	}
	if !on {
		return errors.New("the trail is still stopped")
	}
	members, err := s.admin.members(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(members, userName) {
		return fmt.Errorf("%s is still out of the group", userName)
	}
	s.narrator.say("GetTrailStatus of the trail says: IsLogging true. GetGroup says: %s.", strings.Join(members, ", "))
	return nil
}

// quarantine shows that not everything is put back.
func (s *story) quarantine(ctx context.Context) error {
	s.narrator.head("But not blindly: a key of " + userName + " was found in public")
	s.narrator.say("A responder quarantines %s, as AWS does by itself, and takes her out of the group:\n", userName)
	if err := s.make(ctx, s.responder.quarantine()); err != nil {
		return err
	}
	s.narrator.say("")
	if err := s.cli.must(ctx, s.narrator, planFailed, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	s.narrator.say("Exit code 1: whoever is under quarantine is given nothing back, neither by this plan nor by an\n" +
		"apply of an older one. When the key is replaced, the responder ends the quarantine:\n")
	return s.make(ctx, s.responder.release())
}

func (s *story) leave(ctx context.Context) error {
	s.narrator.head("Leave nothing behind")
	if err := s.cli.must(ctx, s.narrator, 0, "destroy", "-auto-approve"); err != nil {
		return err
	}
	if err := s.make(ctx, s.admin.clear()); err != nil {
		return err
	}
	left, err := s.admin.leftovers(ctx)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return errors.New("the account still has: " + strings.Join(left, ", "))
	}
	s.narrator.say("\nThe account is empty: no bucket, no trail, no rule, no topic, no queue, no user,\n" +
		"no group, no OIDC provider.")
	return nil
}
