package io.allotment.domain.ai;

import io.allotment.domain.shared.InvalidValue;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which names mean a model or a provider. Names are compared without regard to case: what is asked about comes in lower case
 * ({@link #folded}), and a clause keeps its own words so. A regular expression alone is taken as it is written.
 */
public sealed interface Clause {

    /** @param name in lower case */
    boolean matches(String name);

    /** A name as clauses want it: in lower case, without blanks around it. */
    static String folded(String name) {
        return name.toLowerCase(Locale.ROOT).strip();
    }

    /** The name itself. */
    record Equals(String text) implements Clause {
        public Equals {
            text = word(text);
        }

        @Override
        public boolean matches(String name) {
            return name.equals(text);
        }
    }

    /** Names that begin so. */
    record StartsWith(String text) implements Clause {
        public StartsWith {
            text = word(text);
        }

        @Override
        public boolean matches(String name) {
            return name.startsWith(text);
        }
    }

    /** Names that end so. */
    record EndsWith(String text) implements Clause {
        public EndsWith {
            text = word(text);
        }

        @Override
        public boolean matches(String name) {
            return name.endsWith(text);
        }
    }

    /** Names that hold this anywhere. */
    record Contains(String text) implements Clause {
        public Contains {
            text = word(text);
        }

        @Override
        public boolean matches(String name) {
            return name.contains(text);
        }
    }

    /** Names in which the expression is found. Two of the same text are equal. */
    final class Regex implements Clause {

        private final Pattern pattern;

        public Regex(String expression) {
            bounded(expression);
            try {
                this.pattern = Pattern.compile(expression);
            } catch (PatternSyntaxException wrong) {
                throw new InvalidValue("match", "holds the regular expression " + expression + ", which is none");
            }
        }

        public String expression() {
            return pattern.pattern();
        }

        @Override
        public boolean matches(String name) {
            return pattern.matcher(name).find();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Regex regex && regex.expression().equals(expression());
        }

        @Override
        public int hashCode() {
            return expression().hashCode();
        }

        @Override
        public String toString() {
            return "Regex[" + expression() + "]";
        }
    }

    /** What one of them matches. */
    record AnyOf(List<Clause> clauses) implements Clause {
        public AnyOf {
            clauses = List.copyOf(clauses);
        }

        @Override
        public boolean matches(String name) {
            for (var clause : clauses) {
                if (clause.matches(name)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** What all of them match. */
    record AllOf(List<Clause> clauses) implements Clause {
        public AllOf {
            clauses = List.copyOf(clauses);
        }

        @Override
        public boolean matches(String name) {
            for (var clause : clauses) {
                if (!clause.matches(name)) {
                    return false;
                }
            }
            return true;
        }
    }

    private static String word(String text) {
        bounded(text);
        return text.toLowerCase(Locale.ROOT);
    }

    private static void bounded(String text) {
        if (text == null || text.isEmpty() || text.length() > 500) {
            throw new InvalidValue("match", "must hold texts of 1 to 500 characters");
        }
    }
}
