package io.allotment.domain.apikey;

/** Why a key is not taken. For the tenant's own eyes and for logs: who shows a key is told nothing. */
public enum KeyRefusal {
    /** It has not the form of a key, or its checksum is wrong. */
    MALFORMED,
    /** No such key was made. */
    UNKNOWN,
    REVOKED,
    EXPIRED,
    /** The member whose own it is was suspended. */
    OWNER_INACTIVE,
    /** It came from an address that is not in its list. */
    ADDRESS_NOT_ALLOWED
}
