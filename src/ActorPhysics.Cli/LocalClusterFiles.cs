using System.Globalization;
using System.Text;

namespace ActorPhysics.Cli;

/// <summary>Writes the configuration files of a cluster on this machine's loopback.</summary>
internal static class LocalClusterFiles
{
    private const string CommonName = "cluster.conf";

    /// <returns>The file of each node.</returns>
    public static string[] Write(string folder, int nodes, int basePort, string? include)
    {
        string common = Path.Combine(folder, CommonName);
        if (!File.Exists(common))
        {
            // Kept from run to run: the cluster's name is part of every data folder.
            File.WriteAllText(common, Common(nodes, basePort, include));
        }

        var files = new string[nodes];
        for (int node = 1; node <= nodes; node++)
        {
            files[node - 1] = Path.Combine(folder, $"n{node}.conf");
            File.WriteAllText(files[node - 1], OneNode(folder, node));
        }

        return files;
    }

    private static string Common(int nodes, int basePort, string? include)
    {
        var text = new StringBuilder();
        text.Append("# A cluster of node processes on this machine. Written once; change it while the cluster is stopped.\n");
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

    private static string OneNode(string folder, int node) => string.Create(
        CultureInfo.InvariantCulture,
        $"include required(file(\"{CommonName}\"))\nactorphysics.node {{ id = {node}, data-dir = {Quoted(Path.Combine(folder, $"n{node}"))} }}\n");

    private static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
