package io.allotment.domain.identity;

import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.usage.UsageEvent;
import java.util.List;

/** Port: what is kept of a person wherever it stands, to be told and to be erased. In the platform's unit of work alone. */
public interface PersonalData {

    /** All sessions that are kept, over or not, oldest first. */
    List<Session> sessions(UserId user);

    /** All invitations to the addresses of somebody and those that they accepted, of every tenant, oldest first. */
    List<Invitation> invitations(Person person);

    /** All mails to the addresses of somebody, oldest first. */
    List<Mail> mails(Person person);

    /**
     * The tenants that keep what {@link #usage} or their audit log tell of the user, or their membership, in the order of their ids. Who left
     * is still known to a tenant where they did something.
     */
    List<TenantId> tenants(UserId user);

    /** The accounts that the user has or had as a member, in the order of the tenants' ids. */
    List<BillingAccount> accounts(UserId user);

    /** What the user used in a tenant, by themselves or by a key of theirs, oldest first ({@code UsagePosition}). */
    Page<UsageEvent> usage(TenantId tenant, UserId user, PageRequest page);

    /**
     * Erases the user, with password, tokens, sessions, identities and roles on the platform; mails and invitations to them; what they
     * preferred; and kept answers to requests that name them by id or address. Their tenant of one loses its name, slug, address, description and metadata, and is
     * nobody's. To be called when they are a member of no tenant any more but that one.
     *
     * <p>Payloads of gateways' events that name them by id or address go, and from the invoices, purchases and checkouts of their own accounts what leads to pages of a gateway.
     *
     * <p>Usage, decisions, ledgers and what was billed stay, under an id that nobody bears.
     */
    void erase(Person person);
}
