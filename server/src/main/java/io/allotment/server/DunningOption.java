package io.allotment.server;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.subscription.DunningSchedule;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** When who has not paid is told of it. */
final class DunningOption {

    private static final String NOW = "now";
    private static final String OFF = "off";

    @Option(
            names = "--dunning",
            paramLabel = "LIST",
            defaultValue = "now,3,1",
            converter = Steps.class,
            description = {
                "When who has not paid is told of it: now, and so many days before the grace ends, with commas between them"
                        + " (default: now,3,1); off for never.",
                "Environment: ALLOTMENT_DUNNING"
            })
    private DunningSchedule schedule;

    DunningSchedule schedule() {
        return schedule;
    }

    /** Reads such a list. */
    private static final class Steps implements ITypeConverter<DunningSchedule> {
        @Override
        public DunningSchedule convert(String text) {
            var days = new ArrayList<Integer>();
            boolean atOnce = false;
            if (!text.equals(OFF)) {
                for (var step : List.of(text.split(",", -1))) {
                    if (step.strip().equals(NOW)) {
                        atOnce = true;
                    } else if (step.strip().matches("[0-9]{1,3}")) {
                        days.add(Integer.parseInt(step.strip()));
                    } else {
                        throw new TypeConversionException(
                                "must be off, or now and days such as now,3,1, but was '" + text + "'");
                    }
                }
            }
            try {
                return new DunningSchedule(atOnce, days);
            } catch (InvalidValue wrong) {
                throw new TypeConversionException(wrong.getMessage());
            }
        }
    }
}
