package bus

import "context"

type member struct{}

func newMember(*Bus, string, int, RunFunc) *member { return &member{} }

func (m *member) work(ctx context.Context) error { <-ctx.Done(); return nil }
