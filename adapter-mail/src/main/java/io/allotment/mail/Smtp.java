package io.allotment.mail;

import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.MailRefused;
import io.allotment.domain.notification.MailTransport;
import jakarta.mail.Authenticator;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * Mail by SMTP (RFC 5321), each over a connection of its own. {@code smtps} is encrypted from the beginning, {@code smtp} as soon
 * as the server offers it; a password is not sent in the clear, but to this machine. Thread-safe.
 */
public final class Smtp implements MailTransport {

    private static final String TIMEOUT_MILLIS = "10000";
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final Session session;
    private final InternetAddress from;

    private Smtp(Session session, InternetAddress from) {
        this.session = session;
        this.from = from;
    }

    /**
     * Nothing is tried yet. Refuses, with {@link IllegalArgumentException}, an address that is none.
     *
     * @param url {@code smtp://user:password@host:port} or {@code smtps://…}, user and password percent-encoded where needed, or
     *     left out
     * @param sender such as {@code Allotment <noreply@example.org>}
     */
    public static Smtp of(String url, String sender) {
        URI server;
        try {
            server = URI.create(url);
        } catch (IllegalArgumentException notAnAddress) {
            // Without the cause, which repeats the password.
            throw refused();
        }
        boolean encrypted = "smtps".equals(server.getScheme());
        if (server.getHost() == null || !encrypted && !"smtp".equals(server.getScheme())) {
            throw refused();
        }
        return new Smtp(session(server, encrypted, login(server)), address(sender));
    }

    private static IllegalArgumentException refused() {
        return new IllegalArgumentException(
                "a mail server is given as smtp://user:password@host:port or smtps://user:password@host:port");
    }

    private static InternetAddress address(String sender) {
        try {
            var address = new InternetAddress(sender, true);
            address.validate();
            return address;
        } catch (AddressException unusable) {
            throw new IllegalArgumentException(
                    "a sender is given as noreply@example.org or Name <noreply@example.org>, not as " + sender,
                    unusable);
        }
    }

    private static Optional<PasswordAuthentication> login(URI server) {
        return Optional.ofNullable(server.getRawUserInfo()).map(info -> {
            var parts = info.split(":", 2);
            if (parts.length != 2) {
                throw refused();
            }
            return new PasswordAuthentication(decoded(parts[0]), decoded(parts[1]));
        });
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static Session session(URI server, boolean encrypted, Optional<PasswordAuthentication> login) {
        boolean here = LOOPBACK.contains(server.getHost());
        var settings = new Properties();
        settings.put("mail.transport.protocol", "smtp");
        settings.put("mail.smtp.host", server.getHost());
        settings.put("mail.smtp.port", Integer.toString(port(server, encrypted)));
        settings.put("mail.smtp.ssl.enable", Boolean.toString(encrypted));
        settings.put("mail.smtp.ssl.checkserveridentity", "true");
        settings.put("mail.smtp.starttls.enable", Boolean.toString(!encrypted));
        settings.put("mail.smtp.starttls.required", Boolean.toString(!encrypted && login.isPresent() && !here));
        settings.put("mail.smtp.auth", Boolean.toString(login.isPresent()));
        settings.put("mail.smtp.connectiontimeout", TIMEOUT_MILLIS);
        settings.put("mail.smtp.timeout", TIMEOUT_MILLIS);
        settings.put("mail.smtp.writetimeout", TIMEOUT_MILLIS);
        return Session.getInstance(settings, new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return login.orElse(null);
            }
        });
    }

    private static int port(URI server, boolean encrypted) {
        if (server.getPort() != -1) {
            return server.getPort();
        }
        return encrypted ? 465 : 587;
    }

    @Override
    public void send(Mail mail) {
        try {
            Transport.send(message(mail));
        } catch (MessagingException refused) {
            throw new MailRefused(reason(refused), refused);
        }
    }

    /** The innermost, which says it best. */
    private static String reason(MessagingException refused) {
        Throwable reason = refused;
        while (reason.getCause() != null) {
            reason = reason.getCause();
        }
        var message = reason.getMessage();
        return message == null ? reason.getClass().getSimpleName() : message.strip();
    }

    private MimeMessage message(Mail mail) throws MessagingException {
        // The same however often it is sent, so that one that arrives twice can be told.
        var id = "<" + mail.id() + "@"
                + from.getAddress().substring(from.getAddress().indexOf('@') + 1) + ">";
        var message = new MimeMessage(session) {
            @Override
            protected void updateMessageID() throws MessagingException {
                setHeader("Message-ID", id);
            }
        };
        message.setFrom(from);
        message.setRecipient(
                Message.RecipientType.TO, new InternetAddress(mail.recipient().value()));
        message.setSubject(mail.subject(), StandardCharsets.UTF_8.name());
        message.setSentDate(Date.from(mail.createdAt()));
        message.setHeader("Auto-Submitted", "auto-generated");
        message.setText(mail.body(), StandardCharsets.UTF_8.name());
        return message;
    }
}
