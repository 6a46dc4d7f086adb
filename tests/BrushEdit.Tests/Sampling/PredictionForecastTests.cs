using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Tests.Sampling;

public sealed class PredictionForecastTests
{
    private static readonly NoiseSchedule Schedule = new(new SamplerConfig());

    [Fact]
    public void A_line_in_half_the_log_signal_to_noise_ratio_is_met_exactly()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using PredictionForecast forecast = new(Schedule);
        foreach (double timestep in (double[])[961, 900.5, 841])
        {
            Assert.Equal(timestep == 841, forecast.IsReady);
            forecast.Add(timestep, Line(timestep));
        }

        Assert.True(forecast.At(781).allclose(Line(781), 1e-4, 1e-4));
        Assert.False(forecast.At(781).allclose(Line(841), 1e-3, 1e-3));
    }

    [Fact]
    public void A_parabola_is_met_by_three_answers()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using PredictionForecast forecast = new(Schedule, order: 2);
        foreach (double timestep in (double[])[961, 881, 801])
        {
            forecast.Add(timestep, Line(timestep).square());
        }

        Assert.True(forecast.At(721).allclose(Line(721).square(), 1e-4, 1e-4));
    }

    [Fact]
    public void Two_answers_at_one_timestep_count_as_the_newer_one()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using PredictionForecast forecast = new(Schedule);
        forecast.Add(500, torch.ones(2));
        forecast.Add(500, torch.zeros(2));
        Assert.False(forecast.IsReady);
        Assert.Throws<InvalidOperationException>(() => forecast.At(400));
        forecast.Add(480, torch.zeros(2));
        Assert.True(forecast.At(460).eq(0).all().item<bool>());
        forecast.Clear();
        Assert.False(forecast.IsReady);
    }

    [Fact]
    public void Ends_of_the_schedule_without_signal_and_beyond_it_give_numbers()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using PredictionForecast forecast = new(new NoiseSchedule(new SamplerConfig { RescaleZeroSnr = true, Prediction = PredictionType.VPrediction }));
        forecast.Add(999, torch.ones(2));
        forecast.Add(1200, torch.ones(2));
        forecast.Add(900, torch.zeros(2));
        Assert.True(forecast.At(-3).isfinite().all().item<bool>());
    }

    private static torch.Tensor Line(double timestep)
    {
        double below = Math.Log(Schedule.Sigmas[(int)timestep]);
        double above = Math.Log(Schedule.Sigmas[Math.Min((int)timestep + 1, 999)]);
        double lambda = -(below + ((timestep - (int)timestep) * (above - below)));
        return torch.tensor(new[] { (float)(1 + (2 * lambda)), (float)(-3 - lambda) });
    }
}
