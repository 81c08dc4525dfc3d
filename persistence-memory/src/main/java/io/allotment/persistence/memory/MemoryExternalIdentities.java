package io.allotment.persistence.memory;

import io.allotment.domain.identity.ExternalIdentities;
import io.allotment.domain.identity.IdentityLink;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

final class MemoryExternalIdentities implements ExternalIdentities {

    private final Tables tables;

    MemoryExternalIdentities(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(IdentityLink link) {
        if (find(link.issuer(), link.subject()).isPresent()) {
            throw new AlreadyExists("external identity", "subject", link.subject());
        }
        if (!tables.users.holds(Key.of(link.userId()))) {
            throw new Unknown("user", "userId", link.userId());
        }
        tables.identityLinks.put(key(link.issuer(), link.subject()), link);
    }

    @Override
    public Optional<IdentityLink> find(String issuer, String subject) {
        return tables.identityLinks.find(key(issuer, subject));
    }

    @Override
    public List<IdentityLink> of(UserId user) {
        return tables.identityLinks
                .all()
                .filter(link -> link.userId().equals(user))
                .toList();
    }

    @Override
    public void signedIn(String issuer, String subject, Instant at) {
        find(issuer, subject)
                .filter(link -> MemoryUsers.isMinuteOld(Optional.of(link.lastLoginAt()), at))
                .ifPresent(link -> tables.identityLinks.put(
                        key(issuer, subject), new IdentityLink(issuer, subject, link.userId(), link.createdAt(), at)));
    }

    private static Key key(String issuer, String subject) {
        return Key.of(Key.bytes(issuer), Key.bytes(subject));
    }
}
