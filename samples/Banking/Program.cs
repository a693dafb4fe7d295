using System.CommandLine;
using ActorPhysics.Samples.Banking;
using Spectre.Console;

var seconds = new Option<double>("--seconds") { Description = "How long money is transferred.", DefaultValueFactory = _ => 15 };
var clients = new Option<int>("--clients") { Description = "How many tellers transfer at the same time.", DefaultValueFactory = _ => 64 };
var accounts = new Option<int>("--accounts") { Description = "How many accounts there are.", DefaultValueFactory = _ => 100 };
var seed = new Option<int>("--seed") { Description = "Decides which transfers are ordered.", DefaultValueFactory = _ => 1 };
var keep = new Option<string?>("--keep")
{
    Description = "A new or empty folder for the nodes' data, which is then kept; otherwise a temporary one is used.",
};
var root = new RootCommand(
    "A bank on three nodes that loses its leader while money is transferred, and is audited afterwards. Exit code 0: the books are in order.")
{
    seconds, clients, accounts, seed, keep,
};
Require(seconds, value => value is >= 1 and <= 3600, "--seconds is 1 to 3600");
Require(clients, value => value is >= 1 and <= 4096, "--clients is 1 to 4096");
Require(accounts, value => value is >= 2 and <= 10_000, "--accounts is 2 to 10000");
Require(keep, folder => folder is null || !Directory.Exists(folder) || IsEmpty(folder), "the folder of --keep is not empty");
root.SetAction((parsed, _) => RunAsync(
    parsed.GetValue(keep),
    folder => new DemonstrationPlan(
        TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(clients), parsed.GetValue(accounts), parsed.GetValue(seed), folder)));
return await root.Parse(args).InvokeAsync();

static async Task<int> RunAsync(string? keep, Func<string, DemonstrationPlan> plan)
{
    string folder = keep is null ? Directory.CreateTempSubdirectory("actorphysics-banking-").FullName : Directory.CreateDirectory(keep).FullName;
    try
    {
        return await new Demonstration(plan(folder)).RunAsync() ? 0 : 1;
    }
    finally
    {
        if (keep is null)
        {
            Directory.Delete(folder, recursive: true);
        }
        else
        {
            AnsiConsole.WriteLine($"The nodes' data is in {folder}.");
        }
    }
}

static bool IsEmpty(string folder) => !Directory.EnumerateFileSystemEntries(folder).Any();

static void Require<T>(Option<T> option, Func<T?, bool> holds, string complaint) => option.Validators.Add(result =>
{
    if (!holds(result.GetValueOrDefault<T>()))
    {
        result.AddError(complaint);
    }
});
