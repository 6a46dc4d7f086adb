using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using BrushEdit.Editing;

namespace BrushEdit.Tests;

/// <summary>The library's rooms (its top-level folders) stand in layers: a room uses only rooms below it, as CONTRIBUTING.md draws them.</summary>
public partial class LayerTests
{
    private const string Library = "BrushEdit";

    private static readonly Architecture Loaded = new ArchLoader().LoadAssemblies(typeof(ImageEdit).Assembly).Build();

    private static readonly string[] Rooms = ReadRooms();

    // The root's own types first: they use no room.
    private static readonly string[] Layers = [string.Empty, .. Rooms];

    public static TheoryData<string> RoomNames => [.. Layers];

    [Fact]
    public void Contributing_names_every_room_once()
    {
        string[] there = [.. Loaded.Types.Select(RoomOf).OfType<string>().Where(room => room.Length > 0).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(there, Rooms.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(RoomNames))]
    public void A_room_uses_only_rooms_below_it(string room)
    {
        string[] allowed = [.. Layers.TakeWhile(below => below != room), room];
        IEnumerable<string> wrong =
            from type in Loaded.Types
            where RoomOf(type) == room
            from used in type.Dependencies
            let other = RoomOf(used.Target)
            where other is not null && !allowed.Contains(other)
            select $"{type.FullName} uses {used.Target.FullName}";
        Assert.Empty(wrong.Distinct());
    }

    // The first part of the namespace below the library's; empty for the library's own, null for anything else.
    private static string? RoomOf(IType type)
    {
        string[]? parts = type.Namespace?.FullName.Split('.');
        return parts?[0] != Library ? null : parts.Length > 1 ? parts[1] : string.Empty;
    }

    private static string[] ReadRooms()
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "CONTRIBUTING.md"));
        return [.. RoomRow().Matches(text).Select(match => match.Groups[1].Value)];
    }

    [GeneratedRegex(@"^\| `([A-Z]\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex RoomRow();
}
