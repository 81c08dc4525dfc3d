package io.allotment.domain.notification;

/** Port: takes mails to where they are sent from. Outside of units of work. */
public interface MailTransport {

    /** Returns when somebody has taken it over; throws {@link MailRefused} where nobody did. */
    void send(Mail mail);
}
