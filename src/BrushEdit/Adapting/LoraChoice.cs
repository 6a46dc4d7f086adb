using System.Globalization;

namespace BrushEdit.Adapting;

/// <summary>A LoRA to apply, with its weight.</summary>
/// <param name="Name">Its name or path.</param>
/// <param name="Weight">How much of it is added, -10 to 10; 1 is the strength it was trained at.</param>
public sealed record LoraChoice(string Name, double Weight = 1)
{
    /// <summary>The greatest absolute weight.</summary>
    public const double MostWeight = 10;

    /// <summary>
    /// Reads <c>name</c> or <c>name:weight</c>; a colon that is not followed by a number belongs to the name, as in a Windows path.
    /// </summary>
    /// <param name="text">What was typed.</param>
    /// <exception cref="EditException">The name is empty, or the weight out of range.</exception>
    public static LoraChoice Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.LastIndexOf(':');
        double weight = 1;
        bool weighed = colon > 0 && double.TryParse(text[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out weight);
        LoraChoice choice = weighed ? new LoraChoice(text[..colon].Trim(), weight) : new LoraChoice(text.Trim());
        return choice.Name.Length > 0 && Math.Abs(choice.Weight) <= MostWeight
            ? choice
            : throw new EditException(EditFault.BadArgument, $"'{text}' is not a LoRA with a weight.", "Give a name or file, with a weight from -10 to 10 after a colon: style.safetensors:0.8.", text);
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Weight == 1 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}:{Weight}");
}
