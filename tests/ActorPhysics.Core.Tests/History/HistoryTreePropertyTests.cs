using System.Text.RegularExpressions;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.History;
using FsCheck;
using FsCheck.Fluent;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.History;

/// <summary>
/// Random lives of a group (leaders come and go, followers copy and cut back, commits happen), told to the tree and to a naive model
/// that keeps every log as a list of entries.
/// </summary>
[Trait("Seed", "2.3")]
public sealed class HistoryTreePropertyTests
{
    private const int Replicas = 3;

    private sealed record Happening(int Kind, int Replica, int Other, int Count);

    private static readonly Arbitrary<List<Happening>> Lives =
        Gen.ListOf(
            from kind in Gen.Choose(0, 3)
            from replica in Gen.Choose(0, Replicas - 1)
            from other in Gen.Choose(0, Replicas - 1)
            from count in Gen.Choose(1, 3)
            select new Happening(kind, replica, other, count)).Select(life => life.ToList()).ToArbitrary();

    [Fact]
    public void The_fate_and_the_holders_of_every_entry_are_those_of_a_naive_model() =>
        Prop.ForAll(Lives, life =>
        {
            Model model = Live(life);
            HistoryTree tree = HistoryTree.Build(Given.Group, model.Sightings);
            return tree.Contradictions.IsEmpty && model.Candidates().All(position =>
                tree.Fate(position) == model.Fate(position)
                && tree.HoldersOf(position).Length == model.Logs.Count(log => log.Contains(position)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(40));

    [Fact]
    public void Branches_and_trunk_share_out_every_entry_exactly_once() =>
        Prop.ForAll(Lives, life =>
        {
            Model model = Live(life);
            HistoryTree tree = HistoryTree.Build(Given.Group, model.Sightings);
            var inBranches = tree.Branches.SelectMany(branch => Between(branch.First.Index, branch.Tip.Index)
                .Select(index => new LogPosition(branch.Runs.EpochAt(index)!.Value, index))).ToList();
            return inBranches.Distinct().Count() == inBranches.Count
                && inBranches.ToHashSet().SetEquals(model.Parents.Keys.Except(model.Trunk));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(40));

    [Fact]
    public void A_drawing_shows_every_entry_once_and_every_fork_has_its_corner() =>
        Prop.ForAll(Lives, life =>
        {
            Model model = Live(life);
            HistoryTree tree = HistoryTree.Build(Given.Group, model.Sightings);
            string drawing = HistoryTreeDrawing.Draw(tree, mostCells: int.MaxValue);
            var cells = Regex.Matches(drawing, @"\[[^\]]+\]", RegexOptions.None, TimeSpan.FromSeconds(5)).Select(match => match.Value).ToList();
            int corners = Regex.Count(drawing, "[┌└├]─ \\[", RegexOptions.None, TimeSpan.FromSeconds(5));
            return cells.Count == model.Parents.Count && cells.Distinct().Count() == cells.Count && corners == CountForks(tree);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(40));

    /// <summary>A lone continuation stays on the trunk's line, and a branch from before the first entry is a line of its own.</summary>
    private static int CountForks(HistoryTree tree)
    {
        int fromTip = tree.Branches.Count(branch => branch.Fork == tree.Trunk.Frontier);
        int fromBeginning = tree.Branches.Count(branch => branch.Fork == default(LogPosition));
        bool isLone = tree.Trunk.Frontier != default && fromTip == 1;
        return tree.Branches.Length - fromBeginning - (isLone ? 1 : 0);
    }

    private static IEnumerable<LogIndex> Between(LogIndex first, LogIndex last)
    {
        for (LogIndex index = first; index <= last; index = index.Next)
        {
            yield return index;
        }
    }

    private static Model Live(List<Happening> life)
    {
        var model = new Model();
        foreach (Happening happening in life)
        {
            switch (happening.Kind)
            {
                case 0:
                    model.Lead(happening.Replica, happening.Count);
                    break;
                case 1:
                    model.Copy(happening.Replica, happening.Other);
                    break;
                case 2:
                    model.CutBack(happening.Replica, happening.Count);
                    break;
                default:
                    model.Commit(happening.Replica, happening.Count);
                    break;
            }
        }

        return model;
    }

    private sealed class Model
    {
        private ulong _epoch;

        public List<LogPosition>[] Logs { get; } = [.. Enumerable.Range(0, Replicas).Select(_ => new List<LogPosition>())];

        public List<LogPosition> Trunk { get; private set; } = [];

        public Dictionary<LogPosition, LogPosition> Parents { get; } = [];

        public List<Sighting> Sightings { get; } = [];

        /// <summary>Only a replica that holds the trunk can be elected; it appends entries of a new epoch.</summary>
        public void Lead(int replica, int count)
        {
            if (Logs[replica].Take(Trunk.Count).SequenceEqual(Trunk))
            {
                _epoch++;
                Append(replica, Enumerable.Range(1, count).Select(i => At(_epoch, (ulong)(Logs[replica].Count + i))));
            }
        }

        /// <summary>A follower takes over a log that ends in a later entry than its own, from where the two part.</summary>
        public void Copy(int from, int to)
        {
            LogPosition Tail(int replica) => Logs[replica].LastOrDefault();
            if (Tail(to) < Tail(from))
            {
                int common = Logs[from].Zip(Logs[to]).TakeWhile(pair => pair.First == pair.Second).Count();
                CutTo(to, common);
                Append(to, Logs[from].Skip(common));
            }
        }

        public void CutBack(int replica, int count)
        {
            bool holdsTrunk = Logs[replica].Take(Trunk.Count).SequenceEqual(Trunk);
            CutTo(replica, Math.Max(holdsTrunk ? Trunk.Count : 0, Logs[replica].Count - count));
        }

        public void Commit(int replica, int count)
        {
            List<LogPosition> log = Logs[replica];
            int through = Math.Min(log.Count, Trunk.Count + count);
            if (through > Trunk.Count && log.Take(Trunk.Count).SequenceEqual(Trunk))
            {
                Trunk = [.. log.Take(through)];
                Sightings.Add(new TrunkSeen(R((ulong)replica + 1), Trunk[^1]));
            }
        }

        public HistoryFate Fate(LogPosition position)
        {
            int index = (int)position.Index.Value;
            if (index <= Trunk.Count)
            {
                return Trunk[index - 1] == position ? HistoryFate.Trunk : HistoryFate.Pruned;
            }

            if (!Parents.ContainsKey(position))
            {
                return HistoryFate.Unknown;
            }

            LogPosition ancestor = position;
            while ((int)ancestor.Index.Value > Trunk.Count)
            {
                ancestor = Parents[ancestor];
            }

            bool continuesTrunk = ancestor == Trunk.LastOrDefault();
            return continuesTrunk && Logs.Any(log => log.Contains(position)) ? HistoryFate.Wet : HistoryFate.Pruned;
        }

        /// <summary>Every entry that was, and the gaps between and beyond.</summary>
        public IEnumerable<LogPosition> Candidates() =>
            from epoch in Enumerable.Range(1, (int)_epoch + 1)
            from index in Enumerable.Range(1, Parents.Keys.Select(key => (int)key.Index.Value).DefaultIfEmpty().Max() + 1)
            select At((ulong)epoch, (ulong)index);

        private void Append(int replica, IEnumerable<LogPosition> entries)
        {
            List<LogPosition> log = Logs[replica];
            LogPosition parent = log.LastOrDefault();
            LogPosition[] appended = [.. entries];
            Sightings.AddRange(Sighting.OfEntries(R((ulong)replica + 1), parent, appended));
            foreach (LogPosition entry in appended)
            {
                Parents.TryAdd(entry, parent);
                log.Add(entry);
                parent = entry;
            }
        }

        private void CutTo(int replica, int length)
        {
            if (length < Logs[replica].Count)
            {
                Logs[replica].RemoveRange(length, Logs[replica].Count - length);
                Sightings.Add(new PruningSeen(R((ulong)replica + 1), I((ulong)length)));
            }
        }
    }
}
