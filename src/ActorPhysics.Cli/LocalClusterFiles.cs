using System.Globalization;
using System.Text;

namespace ActorPhysics.Cli;

/// <summary>Writes the configuration files of a cluster on this machine's loopback.</summary>
internal static class LocalClusterFiles
{
    private const string CommonName = "cluster.conf";

    /// <returns>The file of each node.</returns>
    public static string[] Write(string folder, int nodes, int basePort, string? include, bool withSpaces)
    {
        string common = Path.Combine(folder, CommonName);
        if (!File.Exists(common))
        {
            // Kept from run to run: the cluster's name is part of every data folder.
            File.WriteAllText(common, Common(nodes, basePort, include, withSpaces));
        }

        var files = new string[nodes];
        for (int node = 1; node <= nodes; node++)
        {
            files[node - 1] = Path.Combine(folder, $"n{node}.conf");
            File.WriteAllText(files[node - 1], OneNode(folder, node));
        }

        return files;
    }

    private static string Common(int nodes, int basePort, string? include, bool withSpaces)
    {
        var text = new StringBuilder();
        text.Append("# A cluster of node processes on this machine. Written once; change it while the cluster is stopped.\n");
        if (withSpaces)
        {
            text.Append(Groups(nodes));
        }

        if (include is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"include required(file({Quoted(Path.GetFullPath(include))}))\n");
        }

        text.Append("actorphysics {\n  cluster {\n");
        text.Append(CultureInfo.InvariantCulture, $"    id = \"local-{Guid.NewGuid():N}\"\n    nodes = [\n");
        for (int node = 1; node <= nodes; node++)
        {
            text.Append(CultureInfo.InvariantCulture, $"      {{ id = {node}, name = \"n{node}\", address = \"127.0.0.1:{basePort + node - 1}\" }}\n");
        }

        text.Append("    ]\n  }\n}\n");
        return text.ToString();
    }

    /// <summary>One group for keys of no space, on all nodes, and the config group on an odd number of them, five at most. What is included may say otherwise.</summary>
    private static string Groups(int nodes)
    {
        const int MostConfigMembers = 5;
        int members = Math.Min(nodes % 2 == 0 ? nodes - 1 : nodes, MostConfigMembers);
        return $$"""
            actorphysics {
              config.group = 2
              groups = [
                { id = 1, name = main, members = [{{Numbers(nodes)}}] }
                { id = 2, name = config, machine = config, members = [{{Numbers(members)}}] }
              ]
            }

            """;
    }

    private static string Numbers(int count) => string.Join(", ", Enumerable.Range(1, count));

    private static string OneNode(string folder, int node) => string.Create(
        CultureInfo.InvariantCulture,
        $"include required(file(\"{CommonName}\"))\nactorphysics.node {{ id = {node}, data-dir = {Quoted(Path.Combine(folder, $"n{node}"))} }}\n");

    private static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
