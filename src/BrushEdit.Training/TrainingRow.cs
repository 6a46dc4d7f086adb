namespace BrushEdit.Training;

/// <summary>Examples of one size, and how often they are shown.</summary>
/// <param name="Source">The examples.</param>
/// <param name="BatchSize">The number of them in a batch.</param>
/// <param name="Share">The share of the steps that use them, 0 to 1.</param>
public sealed record TrainingRow(ITrainingSource Source, int BatchSize, double Share);
