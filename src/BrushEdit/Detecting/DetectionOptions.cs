namespace BrushEdit.Detecting;

/// <summary>Options for selecting among a detector's boxes.</summary>
public sealed record DetectionOptions
{
    /// <summary>The scores a box must reach, tried one after another for each phrase until something is found (BrushEdit).</summary>
    public static IReadOnlyList<double> Ladder { get; } = [0.3, 0.25, 0.2, 0.15, 0.1, 0.05];

    /// <summary>A single score that a box must pass, 0 to 1; null descends <see cref="Ladder"/>.</summary>
    public double? Threshold { get; init; }

    /// <summary>The score that a token must pass, 0 to 1, to count as a matched word.</summary>
    public double TextThreshold { get; init; } = 0.25;

    /// <summary>
    /// Whether a box's score for a phrase is the mean of its words' scores instead of that of its best word: a blue ball then matches "red ball" less
    /// than a red one does.
    /// </summary>
    public bool EveryWord { get; init; }

    /// <summary>
    /// If two boxes for one phrase overlap by more than this (area of the intersection over that of the union, 0 to 1), the less certain one is
    /// dropped.
    /// </summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>Whether all boxes that pass are returned. Cannot be combined with <see cref="Top"/>.</summary>
    public bool All { get; init; }

    /// <summary>The maximum number of boxes to return for each phrase; null is one, or all with <see cref="All"/>.</summary>
    public int? Top { get; init; }

    /// <summary>The maximum number of boxes of a phrase.</summary>
    public int Limit => All ? int.MaxValue : Top ?? 1;

    /// <summary>Rejects values out of range.</summary>
    /// <exception cref="EditException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        Require(Threshold is null or (>= 0 and <= 1), nameof(Threshold), Threshold, "between 0 and 1");
        Require(TextThreshold is >= 0 and <= 1, nameof(TextThreshold), TextThreshold, "between 0 and 1");
        Require(Overlap is >= 0 and <= 1, nameof(Overlap), Overlap, "between 0 and 1");
        Require(Top is null or > 0, nameof(Top), Top, "1 or more");
        Require(!All || Top is null, nameof(Top), Top, "omitted if All is given");
    }

    private static void Require(bool holds, string name, object? value, string range)
    {
        if (!holds)
        {
            throw new EditException(EditFault.BadArgument, $"{name} is {value}; it must be {range}.", null, name);
        }
    }
}
