package io.allotment.domain.identity;

import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.usage.UsageEvent;
import java.util.List;

/** Port: what is kept of a person wherever it stands, to be told and to be erased. In the platform's unit of work alone. */
public interface PersonalData {

    /** All sessions that are kept, over or not, oldest first. */
    List<Session> sessions(UserId user);

    /** All invitations to the address of a user and those that they accepted, of every tenant, oldest first. */
    List<Invitation> invitations(User user);

    /** All mails to the address of a user, oldest first. */
    List<Mail> mails(User user);

    /** What the user used in a tenant, by themselves or by a key of theirs, oldest first. */
    Page<UsageEvent> usage(TenantId tenant, UserId user, PageRequest page);

    /**
     * Erases the user, with password, tokens, sessions, identities and roles on the platform; mails and invitations to them; and kept
     * answers to requests that name them by id or address. Their tenant of one loses its name, slug, address, description and metadata, and is
     * nobody's. To be called when they are a member of no tenant any more but that one.
     *
     * <p>Usage, decisions and ledgers stay, under an id that nobody bears.
     */
    void erase(User user);
}
