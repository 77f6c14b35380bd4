package history

// Book is the history of one shard's actors.
type Book struct{}
