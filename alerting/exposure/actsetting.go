package exposure

// settingOf is the setting an event is about, and the member of its request that holds the new value; without
// one the event switches the setting off.
func settingOf(eventName string) (s Setting, member string, ok bool) {
	switch eventName {
	case "PutBucketLogging":
		return Logging, "BucketLoggingStatus", true
	case "PutBucketVersioning":
		return Versioning, "VersioningConfiguration", true
	case "PutBucketEncryption":
		return Encryption, "ServerSideEncryptionConfiguration", true
	case "DeleteBucketEncryption":
		return Encryption, "", true
	case "PutBucketLifecycle", "PutBucketLifecycleConfiguration":
		return Lifecycle, "LifecycleConfiguration", true
	case "DeleteBucketLifecycle":
		return Lifecycle, "", true
	case "PutBucketReplication":
		return Replication, "ReplicationConfiguration", true
	case "DeleteBucketReplication":
		return Replication, "", true
	case "PutBucketCors":
		return CORS, "CORSConfiguration", true
	case "DeleteBucketCors":
		return CORS, "", true
	case "PutBucketObjectLockConfiguration", "PutObjectLockConfiguration":
		return ObjectLock, "ObjectLockConfiguration", true
	default:
		return "", "", false
	}
}

func settingAct(eventName string) *act {
	setting, member, ok := settingOf(eventName)
	if !ok {
		return nil
	}
	return &act{BucketScope, func(w *writer) {
		value := ""
		if member != "" {
			value = string(w.rec.RequestParameters.Get(member).Raw())
		}
		const most = 16 << 10
		if len(value) > most {
			return // too large to keep; what was known before stays
		}
		if w.b.Settings == nil {
			w.b.Settings = map[Setting]Fact[string]{}
		}
		f := w.b.Settings[setting]
		put(w, &f, value, false)
		w.b.Settings[setting] = f
	}}
}
