package secretsink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// ParseRecipient reads an age recipient, or says what is wrong with it. Somebody who
// mixes up recipient and identity (AGE-SECRET-KEY-1…) does not get the identity quoted.
func ParseRecipient(text string) error {
	if strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY-") {
		return errors.New("this is a secret key of age, and not the recipient that belongs to it: " +
			"give the text that begins with age1, and count the key as no secret any more")
	}
	if _, err := age.ParseX25519Recipient(text); err != nil {
		return fmt.Errorf("%q is no X25519 recipient of age, such as age1… that age-keygen prints", text)
	}
	return nil
}

type ageProof struct{ recipients []age.Recipient }

// proveAge encrypts a placeholder.
func proveAge(texts []string) (Proof, error) {
	var proof ageProof
	for _, text := range texts {
		if err := ParseRecipient(text); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnfit, err)
		}
		recipient, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, fmt.Errorf("read the age recipient: %w", err)
		}
		proof.recipients = append(proof.recipients, recipient)
	}
	if _, err := proof.encrypt(placeholder); err != nil {
		return nil, err
	}
	return proof, nil
}

// Keep encrypts the secret.
func (p ageProof) Keep(_ context.Context, secret string) (string, error) { return p.encrypt(secret) }

// Undo has nothing to do.
func (ageProof) Undo(context.Context) error { return nil }

func (p ageProof) encrypt(plain string) (string, error) {
	var text strings.Builder
	armored := armor.NewWriter(&text)
	sealed, err := age.Encrypt(armored, p.recipients...)
	if err != nil {
		return "", fmt.Errorf("encrypt to the age recipients: %w", err)
	}
	if _, err := io.WriteString(sealed, plain); err != nil {
		return "", fmt.Errorf("encrypt to the age recipients: %w", err)
	}
	if err := sealed.Close(); err != nil {
		return "", fmt.Errorf("encrypt to the age recipients: %w", err)
	}
	if err := armored.Close(); err != nil {
		return "", fmt.Errorf("encrypt to the age recipients: %w", err)
	}
	return text.String(), nil
}
