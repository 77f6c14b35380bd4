package cloudtrail_test

import (
	"encoding/json"
	"testing"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// usual is a record as most are: an instance's role reading.
const usual = `{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAF2727A9FC3E530AE:i-0123456789abcdef0","arn":"arn:aws:sts::111122223333:assumed-role/prod-web/i-0123456789abcdef0","accountId":"111122223333","accessKeyId":"ASIAAA72FFA02324803B","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAF2727A9FC3E530AE","arn":"arn:aws:iam::111122223333:role/prod-web","accountId":"111122223333","userName":"prod-web"},"webIdFederationData":{},"attributes":{"creationDate":"2026-03-02T08:00:00Z","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}},"eventTime":"2026-03-02T08:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"198.51.54.189","userAgent":"aws-sdk-go-v2/1.30.3 ua/2.1 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 api/s3#1.58.2 m/E","requestParameters":{"bucketName":"acme-backups-dev-067","Host":"acme-backups-dev-067.s3.eu-west-1.amazonaws.com","key":"year=2026/month=03/part-01895-2b396ff7.parquet"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"d5d5baa9bdbdb179f23ff385c7d0f0204dc198387467fe7d","bytesTransferredOut":25200},"requestID":"1d1b5e3b-ac2a-4a60-ab38-1106ed96c4c1","eventID":"3de7db82-207e-4f8c-a856-801a7b7f0246","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme-backups-dev-067/year=2026/month=03/part-01895-2b396ff7.parquet"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme-backups-dev-067"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"s3.eu-west-1.amazonaws.com"}}`

func BenchmarkScan(b *testing.B) {
	raw := []byte(usual)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	var h cloudtrail.Header
	for b.Loop() {
		if _, err := h.Scan(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSkip(b *testing.B) {
	raw := []byte(usual)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := cloudtrail.Skip(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	raw := []byte(usual)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cloudtrail.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkValid is what encoding/json needs only to check a record.
func BenchmarkValid(b *testing.B) {
	raw := []byte(usual)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if !json.Valid(raw) {
			b.Fatal("not valid")
		}
	}
}

func BenchmarkAppendActorKey(b *testing.B) {
	var h cloudtrail.Header
	if _, err := h.Scan([]byte(usual)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var key []byte
	for b.Loop() {
		key = h.AppendActorKey(key[:0])
	}
}

func BenchmarkTime(b *testing.B) {
	var h cloudtrail.Header
	if _, err := h.Scan([]byte(usual)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := h.Time(); !ok {
			b.Fatal("no time")
		}
	}
}
