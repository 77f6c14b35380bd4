package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// The answers of exposure as exit statuses, so that scripts need not read the text.
const (
	exitPublic     = 3
	exitCannotTell = 4
)

// exposureCmd answers whether a bucket is public, for whom, and why, from its own documents alone.
type exposureCmd struct {
	Policy       string `placeholder:"FILE" help:"Bucket policy, JSON; - for standard input."`
	ACL          string `name:"acl" placeholder:"FILE" help:"Bucket ACL as get-bucket-acl prints it, or {\"canned\":\"public-read\"}."`
	Block        string `name:"public-access-block" placeholder:"FILE" help:"The bucket's Public Access Block."`
	AccountBlock string `name:"account-public-access-block" placeholder:"FILE" help:"The account's Public Access Block."`
	Ownership    string `help:"Object Ownership: BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter."`
	Account      string `name:"account-id" help:"The account that owns the bucket."`
	Batch        bool   `help:"Read one JSON object a line from standard input, and answer each with a line."`
}

// Help is the longer text of -h.
func (exposureCmd) Help() string {
	return `Exits 0 if the bucket is private, 3 if it is public, 4 if that cannot be told; with --batch always 0.

Example:
  aws s3api get-bucket-policy --bucket b --query Policy --output text | trailwarden exposure --policy -`
}

func (c *exposureCmd) run(_ context.Context, s *streams) (int, error) {
	if c.Batch {
		return exitOK, answerLines(s.in, s.out)
	}
	parts, err := c.parts(s.in)
	if err != nil {
		return exitFailure, err
	}
	if len(parts) == 0 {
		return exitUsage, errors.New("nothing to judge: give --policy, --acl or --batch")
	}
	a := exposure.AnswerParts(parts)
	if err := printAnswer(s.out, a); err != nil {
		return exitFailure, err
	}
	switch {
	case a.Public != nil && a.Effective == exposure.Public:
		return exitPublic, nil
	case a.Error != "" || a.Effective == exposure.Unknown:
		return exitCannotTell, nil
	default:
		return exitOK, nil
	}
}

// parts reads the documents named on the command line.
func (c *exposureCmd) parts(stdin io.Reader) (map[string][]byte, error) {
	parts := map[string][]byte{}
	for name, path := range map[string]string{
		"policy": c.Policy, "acl": c.ACL, "bucket_public_access_block": c.Block, "account_public_access_block": c.AccountBlock,
	} {
		if path == "" {
			continue
		}
		doc, err := readDocument(path, stdin)
		if err != nil {
			return nil, err
		}
		parts[name] = doc
	}
	for name, value := range map[string]string{"ownership": c.Ownership, "account_id": c.Account} {
		if value == "" {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		parts[name] = text
	}
	return parts, nil
}

func readDocument(path string, stdin io.Reader) ([]byte, error) {
	if path == "-" {
		doc, err := io.ReadAll(stdin)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return doc, nil
	}
	doc, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	return doc, nil
}

// printAnswer writes an answer for people. Text of the documents is data: what a terminal would act on is
// shown as an escape.
func printAnswer(w io.Writer, a exposure.Answer) error {
	var b strings.Builder
	verdict := map[exposure.State]string{
		exposure.Public: "PUBLIC", exposure.Latent: "LATENT: public, but stopped", exposure.Shared: "SHARED with named others",
		exposure.Private: "PRIVATE", exposure.Unknown: "CANNOT TELL",
	}[a.Effective]
	fmt.Fprintf(&b, "%s\n  reach     %s\n  severity  %s\n", verdict, a.Reach, a.Severity)
	for _, r := range a.Reasons {
		fmt.Fprintf(&b, "  - %s\n", visible(r))
	}
	if a.Error != "" {
		fmt.Fprintf(&b, "  ! %s\n", visible(a.Error))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}

// answerLines answers each line of r with a line, in the same order. Lines may be of any length.
func answerLines(r io.Reader, w io.Writer) error {
	in, out := bufio.NewReaderSize(r, 1<<20), bufio.NewWriter(w)
	encode := newEncoder(out)
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read line %d: %w", number, err)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			if err := encode.Encode(exposure.AnswerLine(line, number)); err != nil {
				return fmt.Errorf("answer line %d: %w", number, err)
			}
		}
		if err != nil {
			break
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	return nil
}
