package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/trailwarden/trailwarden/alerting/reach"
)

// reachCmd answers who can reach a bucket, and through which statement, from documents alone.
type reachCmd struct {
	Batch bool `required:"" help:"Read one JSON object a line from standard input, and answer each with a line."`
}

// Help is the longer text of -h.
func (reachCmd) Help() string {
	return `Each line asks whether one principal may do one thing, and carries the documents that decide, as their APIs answer
them; a line {"set":NAME,"documents":{…}} gives documents a name for the lines that follow. The answer is yes, no,
conditional with the conditions named, or unknown where a document is missing, with the deciding statement.

Example:
  trailwarden reach --batch < questions.jsonl`
}

func (c *reachCmd) run(_ context.Context, s *streams) (int, error) {
	if err := reachLines(s.in, s.out); err != nil {
		return exitFailure, err
	}
	return exitOK, nil
}

// reachLines answers each line of r that asks something with a line, in the same order. Lines may be of any length.
func reachLines(r io.Reader, w io.Writer) error {
	in, out := bufio.NewReaderSize(r, 1<<20), bufio.NewWriter(w)
	encode, batch := newEncoder(out), reach.NewBatch()
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read line %d: %w", number, err)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			if answer, ok := batch.Answer(line); ok {
				if err := encode.Encode(answer); err != nil {
					return fmt.Errorf("answer line %d: %w", number, err)
				}
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
