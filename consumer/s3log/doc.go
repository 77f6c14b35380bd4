// Package s3log reads CloudTrail log objects: it fetches them from S3, unpacks them within limits and splits
// them into raw records.
//
// An object is never held whole. Bytes flow through a window of some hundred KiB, in which each record is found
// and checked in one pass; a record that cannot be read is handed to quarantine and the rest goes on. Records
// seen before an object turned out to be cut short or too large have been visited by then: whoever visits them
// decides by the returned error what they are worth.
//
// Taken are CloudTrail's own files ({"Records":[…]} with whatever members around), a bare array, one record,
// and records after each other with or without line ends; gzip of one or several members, zstd, or plain.
// Digest and Insight files are known by their content, whatever their key, and passed by.
//
// A read has a time to its first byte and a least rate, so that no host that stalls holds it for ever.
//
// Errors tell what to do by their type. *FormatError, *TruncatedError, *TooLargeError, *MissingError and
// *RefusedError are the object's own and come again on another try; *IgnoredError is no fault; *ForbiddenError lasts
// until somebody changes a right; every other error, *StalledError among them, is a passing one of network or service.
package s3log
