using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Security.Cryptography;
using BrushEdit.Batching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;

namespace BrushEdit.PowerShell;

/// <summary>
/// The settings of a batch as its journal records them. Every typed parameter counts, except those that only decide which files are
/// processed and how fast: if any other parameter changes, the files are made again.
/// </summary>
internal sealed class BatchSettings
{
    private static readonly HashSet<string> WithoutEffect = new(StringComparer.OrdinalIgnoreCase)
    {
        "Path", "LiteralPath", "InputObject", "Picture", "Instruction", "CaptionBefore", "Directory", "Resume", "Throttle", "Shard", "BatchSize",
        "Device", "LowMemory", "ApiKey", "ApiKeyVariable", "TimeoutSec", "Force", "CopyUnedited", "MaskFolder", "PreviewPath", "PreviewEvery", "ShowPreview", "Model", "BrushNet", "Vae", "Lora", "Embedding", "WhatIf", "Confirm",
        "Verbose", "Debug", "ErrorAction", "WarningAction", "InformationAction", "ProgressAction", "ErrorVariable", "WarningVariable",
        "InformationVariable", "OutVariable", "OutBuffer", "PipelineVariable",
    };

    private readonly List<KeyValuePair<string, string?>> common = [];

    private BatchSettings()
    {
    }

    /// <summary>Collects the settings that all files share.</summary>
    /// <param name="typed">The parameters that were typed.</param>
    /// <param name="models">The base model, the BrushNet and the VAE, which variables may name too; LoRAs and embeddings by their content.</param>
    /// <exception cref="EditException">A LoRA or an embedding is missing or cannot be read.</exception>
    public static BatchSettings Of(IReadOnlyDictionary<string, object> typed, ModelChoice models)
    {
        BatchSettings settings = new();
        settings.common.Add(new("Model", models.Base));
        settings.common.Add(new("BrushNet", models.BrushNet));
        settings.common.Add(new("Vae", models.Vae));
        settings.common.AddRange(models.AddedContents());
        settings.common.Add(new("Planner", PlannerCatalog.DefaultName));
        foreach (string variable in (string[])[StageModel.DetectorVariable, StageModel.SegmenterVariable, SessionMatcher.Variable])
        {
            settings.common.Add(new(variable, Environment.GetEnvironmentVariable(variable)));
        }

        settings.common.AddRange(typed.Where(pair => !WithoutEffect.Contains(pair.Key)).Select(pair => new KeyValuePair<string, string?>(pair.Key, Text(pair.Value))));
        return settings;
    }

    /// <summary>The digest for one file.</summary>
    /// <param name="instructions">The instructions for it.</param>
    /// <param name="captionBefore">What the picture shows before the edit.</param>
    /// <param name="given">The edit that was passed in, with parts that stages would otherwise make; null for a bare file.</param>
    /// <param name="maskFile">The SHA-256 of the mask's file; null for none. A mask that was changed is a different setting.</param>
    /// <param name="row">The values of its table row; null if it came without a row.</param>
    public string Digest(
        IReadOnlyList<string> instructions, string? captionBefore, ImageEdit? given, string? maskFile, IEnumerable<KeyValuePair<string, object?>>? row = null)
    {
        List<KeyValuePair<string, string?>> all = [.. common, new("Instruction", Text(instructions)), new("CaptionBefore", captionBefore), new("MaskFile", maskFile)];
        all.AddRange((row ?? []).Where(cell => !WithoutEffect.Contains(cell.Key) && !(cell.Key == "Mask" && maskFile is not null))
            .Select(cell => new KeyValuePair<string, string?>(cell.Key, Text(cell.Value))));
        if (given is not null)
        {
            all.Add(new("Plan", given.Plan is null ? null : PlanFile.ToJson(given.Plan)));
            all.Add(new("Mask", Text(given.Mask)));
            all.Add(new("ShapedFor", given.ShapedFor?.ToString()));
            all.Add(new("IsMatte", given.IsMatte ? "true" : null));
            all.Add(new("OtherOutlines", Text(given.OtherOutlines)));
            all.Add(new("Detections", Text(given.Detections)));
            all.Add(new("Round", given.Rounds.Count.ToString(CultureInfo.InvariantCulture)));
            all.Add(new("Start", given.Rounds.Count > 1 ? Text(given.Picture) : null));
        }

        return SettingsDigest.Of(all);
    }

    private static string? Text(object? value) => value switch
    {
        null => null,
        PSObject wrapped => Text(wrapped.BaseObject),
        string text => text,
        SwitchParameter given => given.IsPresent ? "true" : null,
        Mask mask => Hash(mask.Values),
        Picture picture => Hash(picture.Rgb),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IDictionary table => Text(table.Keys.Cast<object>().OrderBy(key => key.ToString(), StringComparer.Ordinal).Select(key => $"{Text(key)}={Text(table[key])}")),
        IEnumerable list => string.Join('\u001f', list.Cast<object?>().Select(Text)),
        _ => value.ToString(),
    };

    private static string Hash(ReadOnlySpan<byte> values) => Convert.ToHexStringLower(SHA256.HashData(values));
}
