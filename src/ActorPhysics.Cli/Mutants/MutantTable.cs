using System.Globalization;
using System.Text;

namespace ActorPhysics.Cli.Mutants;

/// <summary>The table of mutants as a page of the documentation.</summary>
internal static class MutantTable
{
    public static string Markdown(IReadOnlyList<MutantReport> reports, int baseSeeds, int? mostSeeds)
    {
        IReadOnlyList<MutantReport> simulated = [.. reports.Where(report => report.Mutant.KilledBy is null)];
        IReadOnlyList<MutantReport> tested = [.. reports.Where(report => report.Mutant.KilledBy is not null)];
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # Mutants

            Each line is a bug that somebody shipped, or a rule of the design broken on purpose: a patch in `tests/mutants` that takes a guard out of
            the sources. The simulator must find each within its budget of seeds from every base seed, and the diagnosis must name its class from the consequences
            alone. `actorphysics simulate --mutants` writes this page; figures are medians over {baseSeeds} base seeds.

            {reports.Count(report => report.Passes)} of {reports.Count} were killed each time and named rightly{(mostSeeds is { } most ? $", with at most {most} seeds tried from each base, also where the budget is larger" : "")}.

            | mutant | origin | class | class named | killed | budget | seeds to kill | simulated time to kill |
            |---|---|---|---|---|---|---|---|

            """);
        foreach (MutantReport report in simulated.OrderBy(report => report.Mutant.Class).ThenBy(report => report.Mutant.Name, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"| `{report.Mutant.Name}` | {report.Mutant.Origin} | {Stated(report.Mutant)} | {Named(report)} | {report.Killed}/{report.Hunts.Count} | {report.Mutant.BudgetSeeds} | {Seeds(report)} | {Time(report)} |\n");
        }

        if (tested.Count > 0)
        {
            page.Append("""

                These live where the simulator does not reach, in the code that touches real files and sockets or decodes bytes; tests kill them.

                | mutant | origin | class | killed | by |
                |---|---|---|---|---|

                """);
            foreach (MutantReport report in tested.OrderBy(report => report.Mutant.Name, StringComparer.Ordinal))
            {
                TestSelection tests = report.Mutant.KilledBy!;
                page.Append(CultureInfo.InvariantCulture, $"| `{report.Mutant.Name}` | {report.Mutant.Origin} | {Stated(report.Mutant)} | {(report.Killed > 0 ? "yes" : "no")} | {tests.Project}: `{tests.Filter}` |\n");
            }
        }

        page.Append("\nWhat each takes away:\n\n");
        foreach (MutantReport report in reports.OrderBy(report => report.Mutant.Name, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"- `{report.Mutant.Name}`: {report.Mutant.About}\n");
        }

        return page.ToString();
    }

    /// <summary>One line about one mutant, for a terminal.</summary>
    public static string Line(MutantReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(report.Passes ? "ok  " : "MISS")} {report.Mutant.Name,-44} {Stated(report.Mutant),-24} {Named(report),-40} {report.Killed}/{report.Hunts.Count}  {Seeds(report)} of {report.Mutant.BudgetSeeds} seeds  {Time(report)}");

    private static string Stated(Mutant mutant) => mutant.OtherClass is { } other ? $"{mutant.Class} or {other}" : mutant.Class.ToString();

    private static string Named(MutantReport report) => report.Named switch
    {
        [] => "—",
        [var only] => only.Name,
        var several => string.Join(", ", several.Select(named => $"{named.Name} ×{named.Times}")),
    };

    private static string Seeds(MutantReport report) => report.Killed * 2 > report.Hunts.Count
        ? report.MedianSeeds.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $">{report.MedianSeeds}");

    private static string Time(MutantReport report) => report.MedianSimulatedTime switch
    {
        { TotalMinutes: >= 2 } long_ => string.Create(CultureInfo.InvariantCulture, $"{long_.TotalMinutes:N1} min"),
        var time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:N1} s"),
    };
}
