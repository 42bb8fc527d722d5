package envelope

import (
	"encoding/binary"
	"fmt"

	"github.com/mcpveil/mcpveil/redact"
)

// What is bound to what. Each label is of one use only, so that nothing made for one
// can be taken for the other.
const (
	labelToken   = "pii-token/v1"      // tenant, scope kind, scope id, name of the entity
	labelHash    = "pii-hash/v1"       // the same
	labelAliasID = "pii-alias-id/v1"   // the same, form
	labelAlias   = "pii-alias/v1"      // the same, text of the alias
	labelKeyset  = "mcpveil-keyset/v1" // name of the keyring, epoch in decimal

	labelSubjectRoot = "pii-subject-root/v1" // nothing
	labelSubject     = "pii-subject/v1"      // tenant, id of the subject
	labelSubjectName = "pii-subject-name/v1" // the same
	labelSubjectSalt = "pii-subject-salt/v1" // the same

	labelKeyset2 = "mcpveil-keyset/v2" // the same, and what is kept of its life, in JSON
)

// appendFields appends label, the number of fields in a byte, and each field after its
// length in four bytes, big end first. No two lists of fields give the same bytes.
func appendFields(dst []byte, label string, fields ...string) []byte {
	dst = append(dst, label...)
	dst = append(dst, byte(len(fields)))
	for _, f := range fields {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(f)))
		dst = append(dst, f...)
	}
	return dst
}

// bind sets w.ad to the associated data of a value of entity name in scope in.
func (w *work) bind(label string, in *redact.Scope, name []byte) {
	w.ad = appendFields(w.ad[:0], label, in.Tenant, in.Kind, in.ID)
	w.fields = len(label)
	w.ad[w.fields] = 4
	w.ad = binary.BigEndian.AppendUint32(w.ad, uint32(len(name)))
	w.ad = append(w.ad, name...)
}

// bindField adds a field to what bind set.
func bindField[T string | []byte](w *work, field T) {
	w.ad[w.fields]++
	w.ad = binary.BigEndian.AppendUint32(w.ad, uint32(len(field)))
	w.ad = append(w.ad, field...)
}

// checkScope refuses a scope that would bind a token to less than it says. A tenant
// may be empty, where there is but one.
func checkScope(in *redact.Scope) error {
	switch in.Kind {
	case "conversation", "principal", "subject":
		if in.ID == "" {
			return fmt.Errorf("%w: no id of a %s", ErrScope, in.Kind)
		}
	case "tenant":
	default:
		return fmt.Errorf("%w: kind is not one of conversation, principal, subject, tenant", ErrScope)
	}
	return nil
}
