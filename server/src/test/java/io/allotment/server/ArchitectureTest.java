package io.allotment.server;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The walls of docs/architecture.md. Here, because only here all modules are in sight. */
class ArchitectureTest {

    private static final String DOMAIN = "io.allotment.domain..";
    private static final String APPLICATION = "io.allotment.application..";
    private static final String FACADE = "io.allotment";
    private static final String MEMORY = "io.allotment.persistence.memory..";
    private static final String JOOQ = "io.allotment.persistence.jooq..";
    private static final String HTTP = "io.allotment.http..";
    private static final String SIGNIN = "io.allotment.signin..";
    private static final String MAIL = "io.allotment.mail..";
    private static final String STRIPE = "io.allotment.stripe..";
    private static final String SANDBOX = "io.allotment.sandbox..";
    private static final String JOBS = "io.allotment.jobs..";
    private static final String MIGRATIONS = "io.allotment.migrations..";
    private static final String SERVER = "io.allotment.server..";
    private static final String TESTKIT = "io.allotment.testkit..";
    private static final String GENERATED = "io.allotment.persistence.jooq.generated..";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(FACADE);

    @Test
    void the_domain_knows_java_alone() {
        classes()
                .that()
                .resideInAPackage(DOMAIN)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", DOMAIN)
                .check(CLASSES);
    }

    @Test
    void the_application_knows_the_domain_a_cache_retries_and_a_logger() {
        classes()
                .that()
                .resideInAnyPackage(APPLICATION, FACADE)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "com.github.benmanes.caffeine..",
                        "dev.failsafe..",
                        "org.slf4j..",
                        DOMAIN,
                        APPLICATION,
                        FACADE)
                .check(CLASSES);
    }

    @ParameterizedTest
    @ValueSource(strings = {MEMORY, JOOQ, SIGNIN, MAIL, STRIPE, SANDBOX})
    void an_adapter_of_ports_knows_the_domain_and_no_other_part_of_us(String adapter) {
        classes()
                .that()
                .resideInAPackage(adapter)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(DOMAIN, adapter).or(isNotOurs()))
                .check(CLASSES);
    }

    @Test
    void the_migrations_know_no_other_part_of_us() {
        classes()
                .that()
                .resideInAPackage(MIGRATIONS)
                .should()
                .onlyDependOnClassesThat(resideInAPackage(MIGRATIONS).or(isNotOurs()))
                .check(CLASSES);
    }

    @ParameterizedTest
    @ValueSource(strings = {HTTP, JOBS})
    void what_drives_us_knows_the_application_and_the_domain_and_no_other_adapter(String adapter) {
        classes()
                .that()
                .resideInAPackage(adapter)
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(DOMAIN, APPLICATION, FACADE, adapter).or(isNotOurs()))
                .check(CLASSES);
    }

    @Test
    void jooq_stays_in_its_adapter() {
        noClasses()
                .that()
                .resideOutsideOfPackage(JOOQ)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.jooq..")
                .check(CLASSES);
    }

    @Test
    void javalin_stays_in_the_http_adapter_and_the_server() {
        noClasses()
                .that(resideOutsideOfPackages(HTTP, SERVER))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.javalin..", "org.eclipse.jetty..")
                .check(CLASSES);
    }

    @ParameterizedTest
    @CsvSource({
        "com.nimbusds.., " + SIGNIN,
        "org.bouncycastle.., " + SIGNIN,
        "jakarta.mail.., " + MAIL,
        "org.eclipse.angus.., " + MAIL,
        "com.stripe.., " + STRIPE,
        "com.google.gson.., " + STRIPE,
        "io.github.bucket4j.., " + HTTP,
        "com.github.kagkarlsson.., " + JOBS
    })
    void a_library_of_one_adapter_stays_in_it(String library, String adapter) {
        noClasses()
                .that()
                .resideOutsideOfPackage(adapter)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(CLASSES);
    }

    @ParameterizedTest
    @CsvSource({
        MEMORY + ", io.allotment.persistence.memory.InMemoryPersistence",
        JOOQ + ", io.allotment.persistence.jooq.JooqPersistence",
        HTTP + ", io.allotment.http.HttpApi",
        SIGNIN + ", io.allotment.signin.SignIn",
        MAIL + ", io.allotment.mail.Smtp",
        STRIPE + ", io.allotment.stripe.StripePayments",
        SANDBOX + ", io.allotment.sandbox.SandboxPayments",
        JOBS + ", io.allotment.jobs.Jobs"
    })
    void of_an_adapter_others_see_one_type(String adapter, String type) {
        var published = describe(
                "is " + type + " or nested in it",
                (JavaClass c) -> c.getName().equals(type) || c.getName().startsWith(type + "$"));

        noClasses()
                .that()
                .resideOutsideOfPackage(adapter)
                .should()
                .dependOnClassesThat(resideInAPackage(adapter).and(not(published)))
                .check(CLASSES);
        classes()
                .that()
                .resideInAPackage(adapter)
                .and()
                .resideOutsideOfPackage(GENERATED)
                .and()
                .areTopLevelClasses()
                .and()
                .arePublic()
                .should()
                .be(type)
                .check(CLASSES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"io.allotment.domain.(*)..", "io.allotment.application.(*).."})
    void contexts_are_free_of_cycles(String contexts) {
        // What all contexts speak may be known by all.
        slices().matching(contexts)
                .should()
                .beFreeOfCycles()
                .ignoreDependency(
                        alwaysTrue(),
                        resideInAnyPackage("io.allotment.domain.shared", "io.allotment.application.shared"))
                .check(CLASSES);
    }

    @Test
    void what_all_contexts_speak_knows_none_of_them() {
        classes()
                .that()
                .resideInAPackage("io.allotment.domain.shared")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "io.allotment.domain.shared")
                .check(CLASSES);
    }

    @Test
    void an_interface_in_the_domain_is_a_port_that_somebody_implements_or_a_choice_between_known_values() {
        var ports = CLASSES.stream()
                .filter(c -> resideInAPackage(DOMAIN).test(c) && c.isInterface() && !c.isAnnotation())
                .filter(c -> !c.reflect().isSealed())
                .toList();

        assertThat(ports)
                .extracting(JavaClass::getSimpleName)
                .contains("Persistence", "UnitOfWork", "GateStore", "Ids");
        assertThat(ports)
                .allSatisfy(port -> assertThat(port.getAllSubclasses())
                        .as(port.getName())
                        .anyMatch(resideInAnyPackage(
                                "io.allotment.persistence..", APPLICATION, SIGNIN, MAIL, STRIPE, SANDBOX)::test));
    }

    @Test
    void time_and_chance_come_from_outside() {
        var elsewhere = DescribedPredicate.not(resideInAnyPackage(SERVER, TESTKIT))
                .and(describe(
                        "is not where they come in",
                        (JavaClass c) -> !Set.of("io.allotment.Allotment", "io.allotment.application.shared.UuidV7")
                                .contains(c.getName().replaceAll("\\$.*", ""))));

        noClasses()
                .that(elsewhere)
                .should()
                .callMethodWhere(isCallOf("now", owner -> owner.getPackageName().equals("java.time")))
                .orShould()
                .callMethodWhere(isCallOf(
                        "random(UUID)?", owner -> owner.isEquivalentTo(UUID.class) || owner.isEquivalentTo(Math.class)))
                .orShould()
                .callMethodWhere(isCallOf("system.*|tick.*", owner -> owner.isEquivalentTo(Clock.class)))
                .orShould()
                .callMethodWhere(isCallOf("currentTimeMillis", owner -> owner.isEquivalentTo(System.class)))
                .orShould()
                .callConstructorWhere(describe(
                        "new Random()",
                        (JavaConstructorCall call) -> call.getTargetOwner().isEquivalentTo(Random.class)))
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
                .check(CLASSES);
    }

    @Test
    void units_of_work_alone_begin_and_end_transactions() {
        var elsewhere = describe(
                "outside the unit of work",
                (JavaClass c) -> !c.getName().equals("io.allotment.persistence.jooq.JooqUnits"));

        noClasses()
                .that(elsewhere)
                .and()
                // They run before there is anything to work on.
                .resideOutsideOfPackage(MIGRATIONS)
                .and()
                // What we are measured against has transactions of its own.
                .doNotHaveFullyQualifiedName("io.allotment.server.HandWritten")
                .should()
                .callMethodWhere(isCallOf(
                        "commit|rollback|setAutoCommit|setSavepoint", owner -> owner.isAssignableTo(Connection.class)))
                .orShould()
                .callMethodWhere(isCallOf(
                        "(begin|commit|rollback|start)?[tT]ransaction.*",
                        owner -> owner.getPackageName().startsWith("org.jooq")))
                .check(CLASSES);
    }

    /** By their sources: the tests of other modules are not on this module's class path. */
    @ParameterizedTest
    @ValueSource(strings = {"persistence-memory", "persistence-jooq"})
    void every_contract_suite_runs_on_both_adapters(String module) throws IOException {
        var suites = CLASSES.stream()
                .filter(c -> c.getPackageName().equals("io.allotment.testkit.contract"))
                .filter(c -> c.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(c -> c.getSimpleName().endsWith("Contract") && hasTests(c))
                .map(JavaClass::getSimpleName)
                .collect(Collectors.toSet());
        assertThat(suites).hasSizeGreaterThan(5);

        assertThat(extendedIn(Path.of("..", module, "src", "test", "java"))).containsAll(suites);
    }

    private static Set<String> extendedIn(Path sources) throws IOException {
        List<Path> files;
        try (var all = Files.walk(sources)) {
            files = all.filter(file -> file.toString().endsWith(".java")).toList();
        }
        var pattern = Pattern.compile("\\bextends\\s+(?:[\\w.]+\\.)?(\\w+)");
        var extended = new HashSet<String>();
        for (var file : files) {
            pattern.matcher(Files.readString(file)).results().forEach(found -> extended.add(found.group(1)));
        }
        return extended;
    }

    private static boolean hasTests(JavaClass suite) {
        return suite.getMethods().stream()
                .anyMatch(method -> method.getAnnotations().stream()
                        .anyMatch(annotation ->
                                annotation.getRawType().getPackageName().startsWith("org.junit.jupiter")));
    }

    private static DescribedPredicate<JavaClass> isNotOurs() {
        return describe("is not ours", (JavaClass c) -> !(c.getPackageName() + ".").startsWith("io.allotment."));
    }

    private static DescribedPredicate<JavaAccess<?>> isCallOf(String methods, Predicate<JavaClass> owner) {
        return describe(
                "is a call of " + methods,
                call -> call.getTarget().getName().matches(methods) && owner.test(call.getTargetOwner()));
    }
}
