package io.allotment;

import static java.util.Objects.requireNonNull;

import io.allotment.application.access.AccessCache;
import io.allotment.application.access.AccessService;
import io.allotment.application.access.Acting;
import io.allotment.application.ai.AiCatalogService;
import io.allotment.application.ai.ModelPreferenceService;
import io.allotment.application.ai.PriceBookService;
import io.allotment.application.ai.PriceCache;
import io.allotment.application.apikey.ApiKeyService;
import io.allotment.application.apikey.KeyVerifier;
import io.allotment.application.apikey.RootKeyService;
import io.allotment.application.audit.AuditService;
import io.allotment.application.billing.BillingService;
import io.allotment.application.billing.CheckoutClosingService;
import io.allotment.application.billing.CreditProductService;
import io.allotment.application.billing.CreditPurchaseService;
import io.allotment.application.billing.CustomerErasureService;
import io.allotment.application.billing.ManualInvoiceService;
import io.allotment.application.billing.ManualPayments;
import io.allotment.application.billing.MeteringService;
import io.allotment.application.billing.PaymentEventService;
import io.allotment.application.billing.StorefrontService;
import io.allotment.application.catalog.CatalogService;
import io.allotment.application.catalog.DefinitionCache;
import io.allotment.application.credit.CreditService;
import io.allotment.application.credit.SpendLimitService;
import io.allotment.application.gate.GateService;
import io.allotment.application.identity.PasswordService;
import io.allotment.application.identity.Passwords;
import io.allotment.application.identity.PersonalDataService;
import io.allotment.application.identity.SessionService;
import io.allotment.application.identity.SignInService;
import io.allotment.application.identity.SignedIn;
import io.allotment.application.identity.UserService;
import io.allotment.application.job.DeadLetterService;
import io.allotment.application.job.TenantWork;
import io.allotment.application.job.Upkeep;
import io.allotment.application.notification.MailDelivery;
import io.allotment.application.notification.MailService;
import io.allotment.application.notification.OutboxService;
import io.allotment.application.quota.QuotaService;
import io.allotment.application.retention.RetentionService;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.RequestService;
import io.allotment.application.shared.UuidV7;
import io.allotment.application.subscription.PlanMigrationService;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.application.tenancy.InvitationService;
import io.allotment.application.tenancy.MemberService;
import io.allotment.application.tenancy.TeamService;
import io.allotment.application.tenancy.TenantService;
import io.allotment.application.usage.LatePricing;
import io.allotment.application.usage.UnpricedUsageService;
import io.allotment.application.usage.UsageRoller;
import io.allotment.application.usage.UsageService;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Caller;
import io.allotment.domain.billing.CustomerErasure;
import io.allotment.domain.billing.NoStorefront;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.billing.Storefront;
import io.allotment.domain.identity.PasswordHasher;
import io.allotment.domain.identity.TokenVerifier;
import io.allotment.domain.notification.MailLinks;
import io.allotment.domain.notification.MailTransport;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.subscription.DunningSchedule;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The back room of an AI product, put together over a place to keep it: {@code Allotment.with(persistence).build()}. One
 * for a process is enough; it and all it hands out are thread-safe. It owns no resources: close the persistence.
 */
public final class Allotment {

    private final GateService gate;
    private final RootKeyService rootKeys;
    private final KeyVerifier keys;
    private final RandomGenerator secrets;
    private final Clock clock;

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;
    private final AccessCache access;
    private final PriceCache prices;
    private final Acting acting;
    private final SignIn signIn;
    private final PaymentGateway payments;
    private final DunningSchedule dunning;
    private final SignedIn signedIn;

    /** How people sign in. */
    private record SignIn(Passwords passwords, Optional<TokenVerifier> tokens, boolean signUpOpen, MailLinks links) {}

    private Allotment(
            Persistence persistence,
            Clock clock,
            Ids ids,
            RandomGenerator secrets,
            SignIn signIn,
            PaymentGateway payments,
            DunningSchedule dunning) {
        this.payments = payments;
        this.dunning = dunning;
        this.secrets = secrets;
        this.signIn = signIn;
        this.persistence = persistence;
        this.clock = clock;
        this.ids = ids;
        this.moments = new Moments(clock);
        this.access = new AccessCache(persistence, moments);
        this.signedIn = new SignedIn(access);
        this.acting = new Acting(Caller.SYSTEM, access, persistence, moments, secrets);
        this.prices = new PriceCache(persistence);
        this.gate =
                new GateService(persistence, new DefinitionCache(persistence, access, prices), ids, moments, acting);
        this.keys = new KeyVerifier(persistence, access, moments);
        this.rootKeys = new RootKeyService(persistence, moments, secrets, acting);
    }

    private Allotment(Allotment same, Caller caller) {
        this.persistence = same.persistence;
        this.clock = same.clock;
        this.ids = same.ids;
        this.secrets = same.secrets;
        this.moments = same.moments;
        this.access = same.access;
        this.prices = same.prices;
        this.signedIn = same.signedIn;
        this.acting = same.acting.as(caller);
        this.signIn = same.signIn;
        this.payments = same.payments;
        this.dunning = same.dunning;
        this.gate = same.gate.as(acting);
        this.keys = same.keys;
        this.rootKeys = same.rootKeys.as(acting);
    }

    /**
     * The same for somebody who called: all that is asked of it is refused where they may not ({@code Forbidden}, or {@code
     * NotFound} where it is another tenant's), and the audit log names them. Made for each request; costs next to nothing.
     *
     * <p>Without this, the product itself acts, which may everything.
     */
    public Allotment as(Caller caller) {
        return new Allotment(this, requireNonNull(caller, "caller"));
    }

    /** Begins with where everything is kept: in memory for tests, in PostgreSQL for good. */
    public static Builder with(Persistence persistence) {
        return new Builder(persistence);
    }

    /** What can be chosen; all of it has a default. */
    public static final class Builder {

        private final Persistence persistence;
        private Clock clock = Clock.systemUTC();
        private Ids ids;
        private Optional<PasswordHasher> passwords = Optional.empty();
        private Optional<TokenVerifier> tokens = Optional.empty();
        private boolean signUpOpen;
        private MailLinks mailLinks = MailLinks.NONE;
        private PaymentGateway payments = new ManualPayments();
        private DunningSchedule dunning = DunningSchedule.DEFAULT;

        private Builder(Persistence persistence) {
            this.persistence = requireNonNull(persistence, "persistence");
        }

        /** The present for everything; the system's clock where nothing is said. */
        public Builder clock(Clock present) {
            this.clock = requireNonNull(present, "clock");
            return this;
        }

        /** Where ids come from; UUIDv7 of the clock and a secure random source where nothing is said. */
        public Builder ids(Ids source) {
            this.ids = requireNonNull(source, "ids");
            return this;
        }

        /** What keeps passwords; where nothing is said nobody signs in by one. */
        public Builder passwords(PasswordHasher hasher) {
            this.passwords = Optional.of(hasher);
            return this;
        }

        /** Which tokens of outside issuers are taken; none where nothing is said. */
        public Builder tokens(TokenVerifier verifier) {
            this.tokens = Optional.of(verifier);
            return this;
        }

        /** Whether everybody may become a user by themselves; nobody where nothing is said. */
        public Builder signUpOpen(boolean open) {
            this.signUpOpen = open;
            return this;
        }

        /** Where the links in mails lead; where nothing is said mails hold bare tokens. */
        public Builder mailLinks(MailLinks links) {
            this.mailLinks = requireNonNull(links, "links");
            return this;
        }

        /** Who takes payments; where nothing is said the operator does, and confirms each ({@link ManualPayments}). */
        public Builder payments(PaymentGateway gateway) {
            this.payments = requireNonNull(gateway, "gateway");
            return this;
        }

        /** When who has not paid is told of it; at once and three days and one day before the end where nothing is said. */
        public Builder dunning(DunningSchedule schedule) {
            this.dunning = requireNonNull(schedule, "schedule");
            return this;
        }

        public Allotment build() {
            var secrets = new SecureRandom();
            return new Allotment(
                    persistence,
                    clock,
                    ids != null ? ids : new UuidV7(clock, secrets),
                    secrets,
                    new SignIn(new Passwords(passwords), tokens, signUpOpen, mailLinks),
                    payments,
                    dunning);
        }
    }

    /** For whom it acts. */
    public Caller caller() {
        return acting.caller();
    }

    public TenantService tenants() {
        return new TenantService(persistence, subscriptions(), payments.name(), ids, moments, acting);
    }

    /** Who belongs to a tenant. */
    public MemberService members() {
        return new MemberService(persistence, moments, acting);
    }

    public TeamService teams() {
        return new TeamService(persistence, ids, moments, acting);
    }

    public InvitationService invitations() {
        return new InvitationService(persistence, ids, moments, acting, secrets, signIn.links());
    }

    public UserService users() {
        return new UserService(persistence, ids, moments, acting, signedIn);
    }

    /** What is kept of people, and its erasure. */
    public PersonalDataService personalData() {
        return new PersonalDataService(persistence, moments, acting, signedIn);
    }

    public PasswordService passwords() {
        return new PasswordService(
                persistence, ids, moments, acting, secrets, signIn.passwords(), signedIn, signIn.links());
    }

    public SessionService sessions() {
        return new SessionService(persistence, ids, moments, acting, secrets, signedIn);
    }

    /** Open to everybody, whoever calls. */
    public SignInService signIn() {
        return new SignInService(
                persistence,
                ids,
                moments,
                acting,
                sessions(),
                passwords(),
                signIn.passwords(),
                signIn.tokens(),
                signIn.signUpOpen(),
                signedIn);
    }

    public MailService mails() {
        return new MailService(persistence, acting);
    }

    /** Sends mails; for whoever runs the process. */
    public MailDelivery mailDelivery(MailTransport transport) {
        return new MailDelivery(persistence, transport, moments);
    }

    /** Writes down what time has done; for whoever runs the process. */
    public Upkeep upkeep() {
        return new Upkeep(persistence, ids, moments, new TenantWork(persistence, ids, moments), dunning, latePricing());
    }

    private LatePricing latePricing() {
        return new LatePricing(persistence, moments, acting);
    }

    /** AI work that was recorded without a price. */
    public UnpricedUsageService unpricedUsage() {
        return new UnpricedUsageService(persistence, prices, latePricing(), acting);
    }

    /** How long a tenant's rows are kept. */
    public RetentionService retention() {
        return new RetentionService(persistence, moments, acting);
    }

    /** What jobs gave up on. */
    public DeadLetterService deadLetters() {
        return new DeadLetterService(
                persistence,
                Map.of(
                        PaymentEventService.JOB,
                        () -> persistence.paymentEvents().countFailing(),
                        CustomerErasureService.JOB,
                        () -> persistence
                                .customerErasures()
                                .countFailing(moments.now().minus(CustomerErasure.TOO_LONG)),
                        CheckoutClosingService.JOB,
                        () -> checkoutClosing().countFailing()),
                moments,
                acting);
    }

    public CatalogService catalog() {
        return new CatalogService(persistence, ids, moments, acting);
    }

    /** Who offers AI models, and which. */
    public AiCatalogService ai() {
        return new AiCatalogService(persistence, moments, acting);
    }

    /** Which AI models are preferred, and which one to use. */
    public ModelPreferenceService modelPreferences() {
        return new ModelPreferenceService(persistence, prices, moments, acting);
    }

    /** What AI models cost. */
    public PriceBookService prices() {
        return new PriceBookService(persistence, prices, ids, moments, acting);
    }

    public SubscriptionService subscriptions() {
        return new SubscriptionService(persistence, ids, moments, acting);
    }

    /** Takes the subscribers of a plan to another version of it. */
    public PlanMigrationService planMigrations() {
        return new PlanMigrationService(persistence, subscriptions(), ids, acting);
    }

    public CreditService credits() {
        return new CreditService(persistence, ids, moments, acting);
    }

    /** Credits for sale. */
    public CreditProductService creditProducts() {
        return new CreditProductService(persistence, ids, moments, acting);
    }

    /** Buying credits. */
    public CreditPurchaseService creditPurchases() {
        return new CreditPurchaseService(persistence, payments, paymentEvents(), ids, moments, acting);
    }

    /** What the gateway that takes payments sells in our name; refuses where it has nothing to sell ({@link NoStorefront}). */
    public StorefrontService storefront() {
        if (payments instanceof Storefront storefront) {
            return new StorefrontService(persistence, storefront, acting);
        }
        throw new NoStorefront();
    }

    /** Subscriptions that a gateway bills, and billing histories. */
    public BillingService billing() {
        return new BillingService(persistence, creditPurchases(), paymentEvents(), ids, moments, acting);
    }

    /** Invoices that the operator writes and is paid for themselves. */
    public ManualInvoiceService manualInvoices() {
        return new ManualInvoiceService(persistence, subscriptions(), paymentEvents(), ids, moments, acting);
    }

    /** What a gateway that bills is told of what was used. */
    public MeteringService metering() {
        return new MeteringService(persistence, payments, ids, moments, acting);
    }

    /** Whom the gateway is to know no more. */
    public CustomerErasureService customerErasures() {
        return new CustomerErasureService(persistence, payments, moments, acting);
    }

    /** What at the gateway nobody is to pay any more. */
    public CheckoutClosingService checkoutClosing() {
        return new CheckoutClosingService(persistence, payments, paymentEvents(), moments, acting);
    }

    /** What a gateway tells by itself. */
    public PaymentEventService paymentEvents() {
        return new PaymentEventService(
                persistence,
                payments,
                new SubscriptionService(persistence, ids, moments, acting.as(Caller.SYSTEM)),
                new TenantWork(persistence, ids, moments),
                ids,
                moments,
                acting);
    }

    public SpendLimitService spendLimits() {
        return new SpendLimitService(persistence, moments, acting);
    }

    public QuotaService quotas() {
        return new QuotaService(persistence, ids, moments, acting);
    }

    public UsageService usage() {
        return new UsageService(persistence, acting);
    }

    /** Keeps summaries of usage quick; for whoever runs the process. */
    public UsageRoller usageRoller() {
        return new UsageRoller(persistence);
    }

    public GateService gate() {
        return gate;
    }

    /** Who may what: permissions, roles, and who has them. */
    public AccessService access() {
        return new AccessService(persistence, access, moments, acting);
    }

    /** What others must hear of. */
    public OutboxService outbox() {
        return new OutboxService(persistence, acting);
    }

    /** With what programs act in a tenant. */
    public ApiKeyService apiKeys() {
        return new ApiKeyService(persistence, keys, ids, moments, secrets, acting);
    }

    /** Who changed what. */
    public AuditService audit() {
        return new AuditService(persistence, acting);
    }

    /** The key of the platform's operator: for adapters and the command line. */
    public RootKeyService rootKeys() {
        return rootKeys;
    }

    /** Makes any changing request idempotent: for adapters. */
    public RequestService requests() {
        return new RequestService(persistence, moments, acting);
    }

    public Clock clock() {
        return clock;
    }
}
