package exposure

import (
	"errors"
	"fmt"
	"strings"
)

// ParseBlock reads a Public Access Block: an object of the four flags, alone or inside
// PublicAccessBlockConfiguration. An absent flag is off, as S3 reads it.
func ParseBlock(doc []byte) (Block, error) {
	var b Block
	err := b.read("public access block", doc)
	return b, err
}

func (b *Block) read(name string, doc []byte) error {
	n, err := parseJSON(doc)
	if err == nil {
		err = b.from(n)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (b *Block) from(n node) error {
	switch {
	case n.kind == 'n':
		return nil
	case n.kind == '"' && n.text == "all":
		*b = BlockAll()
		return nil
	case n.kind == '"' && n.text == "none":
		return nil
	case n.kind != '{':
		return fmt.Errorf("%s, expected an object with the four settings", n.what())
	}
	if inner, ok := n.get("PublicAccessBlockConfiguration"); ok {
		return b.from(inner.first())
	}
	seen := map[string]bool{}
	for _, m := range n.members {
		name := strings.ToLower(m.name)
		if seen[name] {
			return fmt.Errorf("%s is given twice", clip(m.name))
		}
		seen[name] = true
		if err := b.flag(m.name, m.first()); err != nil {
			return err
		}
	}
	return nil
}

func (b *Block) flag(name string, n node) error {
	var to *bool
	switch strings.ToLower(name) {
	case "blockpublicacls":
		to = &b.BlockPublicAcls
	case "ignorepublicacls":
		to = &b.IgnorePublicAcls
	case "blockpublicpolicy":
		to = &b.BlockPublicPolicy
	case "restrictpublicbuckets":
		to = &b.RestrictPublicBuckets
	case "xmlns":
		return nil
	default:
		return fmt.Errorf("unknown setting %q", clip(name))
	}
	switch strings.ToLower(n.text) {
	case "true":
		*to = true
	case "false":
		*to = false
	default:
		return fmt.Errorf("%s must be true or false", clip(name))
	}
	return nil
}

var errOwnership = errors.New("ownership: must be BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter")

// parseOwnership reads Object Ownership as its name or as the answer of GetBucketOwnershipControls.
func parseOwnership(doc []byte) (Ownership, error) {
	n, err := parseJSON(doc)
	if err != nil {
		return "", fmt.Errorf("ownership: %w", err)
	}
	for _, name := range []string{"OwnershipControls", "Rules", "Rule", "ObjectOwnership"} {
		if inner, ok := n.get(name); ok {
			n = inner.first()
		}
	}
	return ownershipOf(n.text)
}

func ownershipOf(name string) (Ownership, error) {
	switch o := Ownership(name); o {
	case BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter, "":
		return o, nil
	default:
		return "", errOwnership
	}
}
