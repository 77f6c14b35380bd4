// Package gunzip unpacks gzip (RFC 1952) in one pass and little memory. Unpacking is the greater part of what
// reading a log file costs, and log files of five events are nearly all of a quiet trail; so this reader is
// made for text that repeats itself in files of any size: it takes eight bytes of input at a time where the
// libraries take one, and looks a code up with one access in most cases.
//
// A Reader holds its input in a buffer, decodes codes into a window whose older part later codes refer to, and
// hands out what is new in the window. It allocates nothing after New.
package gunzip
