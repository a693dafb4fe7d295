using System.Text;
using ActorPhysics.Actors.StateMachines.BuiltIn;

namespace ActorPhysics.Actors.Tests.StateMachines;

public sealed class CowTreeTests
{
    [Theory]
    [InlineData(1, 40, 2_000)]
    [InlineData(2, 400, 6_000)]
    [InlineData(3, 4_000, 30_000)]
    [InlineData(4, 100_000, 30_000)]
    [Trait("Pitfall", "24")]
    public void The_tree_and_each_capture_taken_midway_agree_with_a_sorted_dictionary(int seed, int keys, int changes)
    {
        var random = new Random(seed);
        var tree = new CowTree<int>();
        var model = new SortedDictionary<byte[], int>(ByteOrder.Instance);
        var captures = new List<(CowTreeCapture<int> Capture, KeyValuePair<byte[], int>[] Expected)>();
        int removalsPerTen = 5;
        for (int change = 0; change < changes; change++)
        {
            if (random.Next(changes / 100) == 0)
            {
                // Runs of mostly adding and mostly removing make the tree grow and shrink through all of its shapes.
                removalsPerTen = random.Next(1, 10);
                captures.Add((tree.Capture(), [.. model]));
                tree.CheckShape();
            }

            byte[] key = KeyOf(random.Next(keys));
            if (random.Next(10) < removalsPerTen)
            {
                Assert.Equal(model.Remove(key), tree.Remove(key));
            }
            else
            {
                tree.Set(key, change);
                model[key] = change;
            }

            Assert.Equal(model.TryGetValue(key, out int expected), tree.TryGet(key, out int found));
            Assert.Equal(expected, found);
        }

        tree.CheckShape();
        captures.Add((tree.Capture(), [.. model]));
        foreach ((CowTreeCapture<int> capture, KeyValuePair<byte[], int>[] expected) in captures)
        {
            Assert.Equal(expected.Length, capture.Count);
            AssertSame(expected, capture.Scan(default));
        }

        byte[] from = KeyOf(random.Next(keys));
        AssertSame([.. model.Where(entry => ByteOrder.Instance.Compare(entry.Key, from) >= 0)], tree.Scan(from));
    }

    [Fact]
    public void A_tree_emptied_in_either_direction_is_empty_and_usable()
    {
        foreach (bool ascending in new[] { true, false })
        {
            var tree = new CowTree<int>();
            byte[][] keys = [.. Enumerable.Range(0, 5_000).Select(i => Encoding.UTF8.GetBytes($"{i:D6}"))];
            foreach (byte[] key in keys)
            {
                tree.Set(key, 1);
            }

            tree.CheckShape();
            foreach (byte[] key in ascending ? keys : keys.Reverse())
            {
                Assert.True(tree.Remove(key));
            }

            Assert.Equal(0, tree.Count);
            Assert.False(tree.Remove(keys[0]));
            Assert.False(tree.Scan(default).MoveNext());
            tree.Set(keys[7], 7);
            Assert.True(tree.TryGet(keys[7], out int value));
            Assert.Equal(7, value);
            tree.CheckShape();
        }
    }

    [Fact]
    public void Keys_that_are_prefixes_of_each_other_or_end_in_zeros_keep_their_order()
    {
        string[] keys = ["", "\0", "\0\0", "a", "a\0", "a\0\0", "a\0b", "aa", "aaaaaaaaa", "aaaaaaaaa\0", "aaaaaaaab", "ab", "b"];
        var tree = new CowTree<int>();
        foreach (int i in new[] { 6, 0, 12, 3, 9, 1, 11, 4, 8, 2, 10, 5, 7 })
        {
            tree.Set(Encoding.UTF8.GetBytes(keys[i]), i);
            tree.CheckShape();
        }

        CowTreeCursor<int> cursor = tree.Scan(default);
        for (int i = 0; i < keys.Length; i++)
        {
            Assert.True(cursor.MoveNext());
            Assert.Equal(i, cursor.Value);
            Assert.True(tree.TryGet(Encoding.UTF8.GetBytes(keys[i]), out int found));
            Assert.Equal(i, found);
        }

        Assert.False(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
        Assert.False(tree.TryGet("a\0c"u8, out _));
        Assert.False(tree.TryGet("aaaaaaaa"u8, out _));
    }

    [Fact]
    [Trait("Pitfall", "24")]
    public async Task A_capture_read_by_another_thread_is_untouched_by_changes_meanwhile()
    {
        var tree = new CowTree<int>();
        for (int i = 0; i < 20_000; i++)
        {
            tree.Set(KeyOf(i), i);
        }

        CowTreeCapture<int> capture = tree.Capture();
        Task<(int Entries, long Sum)> reader = Task.Run(() =>
        {
            (int Entries, long Sum) seen = default;
            for (CowTreeCursor<int> cursor = capture.Scan(default); cursor.MoveNext();)
            {
                seen = (seen.Entries + 1, seen.Sum + cursor.Value);
            }

            return seen;
        });
        var random = new Random(9);
        while (!reader.IsCompleted)
        {
            tree.Set(KeyOf(random.Next(20_000)), -1);
            tree.Remove(KeyOf(random.Next(20_000)));
        }

        Assert.Equal((20_000, 20_000L * 19_999 / 2), await reader);
    }

    /// <summary>Keys of several lengths and shared beginnings, some of which are beginnings of others.</summary>
    private static byte[] KeyOf(int number) => Encoding.UTF8.GetBytes((number % 4) switch
    {
        0 => $"account/{number:D8}",
        1 => $"{number:x}",
        2 => $"account/{number / 4:D8}/balance-of-{number % 97}",
        _ => new string('z', number % 40) + number,
    });

    private static void AssertSame(KeyValuePair<byte[], int>[] expected, CowTreeCursor<int> cursor)
    {
        foreach ((byte[] key, int value) in expected)
        {
            Assert.True(cursor.MoveNext());
            Assert.Equal(key, cursor.Key);
            Assert.Equal(value, cursor.Value);
        }

        Assert.False(cursor.MoveNext());
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
