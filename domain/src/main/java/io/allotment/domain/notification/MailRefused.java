package io.allotment.domain.notification;

/** The mail server did not take it. */
public final class MailRefused extends RuntimeException {

    /** @param message why, without anything of the mail */
    public MailRefused(String message, Throwable cause) {
        super(message, cause);
    }
}
