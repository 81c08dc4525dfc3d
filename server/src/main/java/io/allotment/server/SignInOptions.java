package io.allotment.server;

import io.allotment.domain.notification.LinkTemplate;
import io.allotment.domain.notification.MailLinks;
import io.allotment.domain.notification.MailTransport;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.mail.Smtp;
import io.allotment.signin.SignIn;
import io.allotment.signin.SignIn.Issuer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** How people sign in, and how they are sent mail. Secrets come from the environment alone. */
final class SignInOptions {

    @Option(
            names = "--oidc-issuers",
            paramLabel = "LIST",
            description = {
                "Outside issuers whose tokens are taken, separated by spaces, each as"
                        + " ISSUER|AUDIENCE[,AUDIENCE...][|SKEW-SECONDS[|verified]]; verified: their e-mail addresses count as"
                        + " verified where a token does not say (default: none).",
                "Environment: ALLOTMENT_OIDC_ISSUERS"
            })
    private String issuers;

    @Option(
            names = "--google-client-id",
            paramLabel = "ID",
            description = {
                "Takes Google's ID tokens made for this client (default: none).",
                "Environment: ALLOTMENT_GOOGLE_CLIENT_ID"
            })
    private String googleClientId;

    @Option(
            names = "--sign-up",
            paramLabel = "open|closed",
            defaultValue = "closed",
            description = {
                "Whether everybody may become a user by themselves (default: closed: by an invitation alone).",
                "Environment: ALLOTMENT_SIGN_UP"
            })
    private String signUp;

    @Option(
            names = "--invitation-link",
            paramLabel = "URL",
            description = {
                "The page of your product that accepts an invitation, with {token} where its token belongs: mails of"
                        + " invitations hold this link (default: none, they hold the token).",
                "Environment: ALLOTMENT_INVITATION_LINK"
            })
    private String invitationLink;

    @Option(
            names = "--password-reset-link",
            paramLabel = "URL",
            description = {
                "The page of your product that sets a new password, with {token} where the token belongs: mails hold this"
                        + " link (default: none, they hold the token).",
                "Environment: ALLOTMENT_PASSWORD_RESET_LINK"
            })
    private String passwordResetLink;

    private final Surroundings surroundings;

    SignInOptions(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** @param mail empty where there is no mail server: the operator reads what would be sent */
    record Settings(List<Issuer> issuers, boolean signUpOpen, Optional<MailTransport> mail, MailLinks links) {

        static final Settings NONE = new Settings(List.of(), false, Optional.empty(), MailLinks.NONE);

        Settings {
            issuers = List.copyOf(issuers);
        }

        /** What here says that others than this machine reach the server: mails lead them to a page by https. */
        Optional<String> reachedByOthers() {
            return Stream.of(links.invitation(), links.passwordReset())
                    .flatMap(Optional::stream)
                    .filter(link -> link.address().toLowerCase(Locale.ROOT).startsWith("https:"))
                    .findFirst()
                    .map(link -> "mails lead others to " + link.address());
        }
    }

    /** Refuses what cannot be meant. */
    Settings settings() {
        var all = new ArrayList<Issuer>();
        all.addAll(each(issuers, "--oidc-issuers", SignInOptions::issuer));
        all.addAll(each(variable("ALLOTMENT_JWT_SECRETS"), "ALLOTMENT_JWT_SECRETS", SignInOptions::sharing));
        Optional.ofNullable(googleClientId).map(Issuer::google).ifPresent(all::add);
        if (!signUp.equals("open") && !signUp.equals("closed")) {
            throw new CommandFailed("--sign-up is open or closed, not " + signUp + ".");
        }
        if (all.stream().map(Issuer::issuer).distinct().count() < all.size()) {
            throw new CommandFailed("An outside issuer is given twice.");
        }
        var links = new MailLinks(
                link("--invitation-link", invitationLink), link("--password-reset-link", passwordResetLink));
        return new Settings(all, signUp.equals("open"), mail(), links);
    }

    private static Optional<LinkTemplate> link(String option, String address) {
        return Optional.ofNullable(address).map(given -> understood(option, () -> new LinkTemplate(given)));
    }

    private Optional<MailTransport> mail() {
        var url = surroundings.variable("ALLOTMENT_SMTP_URL");
        return url.map(address -> understood(
                "ALLOTMENT_SMTP_URL and ALLOTMENT_MAIL_FROM",
                () -> Smtp.of(
                        address,
                        surroundings
                                .variable("ALLOTMENT_MAIL_FROM")
                                .orElseThrow(() -> new IllegalArgumentException("the second is missing")))));
    }

    private String variable(String name) {
        return surroundings.variable(name).orElse(null);
    }

    private static List<Issuer> each(String list, String where, Function<String[], Issuer> read) {
        return list == null
                ? List.of()
                : Stream.of(list.strip().split("\\s+"))
                        .filter(text -> !text.isEmpty())
                        .map(text -> understood(where, () -> read.apply(text.split("\\|", -1))))
                        .toList();
    }

    private static Issuer issuer(String[] parts) {
        if (parts.length < 2 || parts.length > 4 || parts.length == 4 && !parts[3].equals("verified")) {
            throw new IllegalArgumentException(
                    "an issuer is given as ISSUER|AUDIENCE[,AUDIENCE...][|SKEW-SECONDS[|verified]]");
        }
        var skew = parts.length > 2 && !parts[2].isEmpty() ? seconds(parts[2]) : SignIn.DEFAULT_SKEW;
        return new Issuer(parts[0], audiences(parts[1]), skew, Optional.empty(), parts.length == 4);
    }

    /** As ISSUER|AUDIENCE|SECRET, with the same fourth part. */
    private static Issuer sharing(String[] parts) {
        if (parts.length < 3 || parts.length > 4 || parts.length == 4 && !parts[3].equals("verified")) {
            throw new IllegalArgumentException("a secret is given as ISSUER|AUDIENCE[,AUDIENCE...]|SECRET[|verified]");
        }
        return new Issuer(parts[0], audiences(parts[1]), SignIn.DEFAULT_SKEW, Optional.of(parts[2]), parts.length == 4);
    }

    private static List<String> audiences(String text) {
        return Arrays.asList(text.split(",", -1));
    }

    private static Duration seconds(String text) {
        if (!text.matches("[0-9]{1,6}")) {
            throw new IllegalArgumentException("a skew is whole seconds, not " + text);
        }
        return Duration.ofSeconds(Integer.parseInt(text));
    }

    private static <T> T understood(String where, Supplier<T> read) {
        try {
            return read.get();
        } catch (IllegalArgumentException | InvalidValue unusable) {
            throw new CommandFailed(where + ": " + unusable.getMessage() + ".", unusable);
        }
    }
}
